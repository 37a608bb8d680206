import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs'

const ZEROS = Buffer.alloc(1024 * 1024)

/**
 * Makes a file at least so long, with zeros behind what is there. To sync bytes of a file that has its length costs a
 * fraction of what it costs to make it longer, and every durable commit waits for that. Without room it stays as it is.
 */
export const reserve = (path: string, bytes: number): void => {
  const file = openSync(path, 'r+')
  try {
    lengthen(file, bytes)
  } finally {
    closeSync(file)
  }
}

const lengthen = (file: number, bytes: number): void => {
  const { size } = fstatSync(file)
  try {
    for (let at = size; at < bytes; ) at += writeSync(file, ZEROS, 0, Math.min(ZEROS.length, bytes - at), at)
  } catch {
    // A full disk is told by the writes that need it; this was only for speed, and gives back what it took.
    ftruncateSync(file, size)
  }
}
