import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Identity } from './process.ts'
import type { Part, Server } from './server.ts'

/** What is known of a server that was started: its ports, and its processes by the names of its parts. */
export type Record = { readonly ports: readonly number[]; readonly processes: { readonly [part: string]: Identity } }

export const folderOf = (base: string, server: Server): string => join(base, server.name)

const fileOf = (base: string, server: Server) => join(folderOf(base, server), 'running.json')

/** The record of a server; null where it was never started, or was ended in order. */
export const read = async (base: string, server: Server): Promise<Record | null> => {
  try {
    return JSON.parse(await readFile(fileOf(base, server), 'utf8')) as Record
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Keeps a record, whole or not at all. */
export const keep = async (base: string, server: Server, record: Record): Promise<void> => {
  const file = fileOf(base, server)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.new`, JSON.stringify(record))
  await rename(`${file}.new`, file)
}

export const forget = (base: string, server: Server): Promise<void> => rm(fileOf(base, server), { force: true })

/** The parts of a server with the process that was started for each. */
export const partsOf = (base: string, server: Server, { ports, processes }: Record): [Part, Identity | undefined][] =>
  server.parts(folderOf(base, server), ports).map((part) => [part, processes[part.name]])
