import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { reasonOf } from './failure.ts'
import { DataFileRefused } from './refused.ts'

/** Creates a file that only its owner may read, or takes the others' rights away from one that exists. */
export const makePrivate = (file: string): void => {
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
}

const holder = (pidFile: string): string => {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10)
    return Number.isInteger(pid) ? ` (process ${pid})` : ''
  } catch {
    return ''
  }
}

/**
 * Keeps every other process out of a data directory, for as long as this process lives or until released.
 * The lock belongs to the operating system: it vanishes with the process, whatever way that ends.
 */
export const lockDirectory = (directory: string): (() => void) => {
  const pidFile = join(directory, 'lock.pid')
  const file = join(directory, 'lock.db')
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    makePrivate(file)
  } catch (error) {
    throw unusable(directory, error)
  }
  const lock = new DatabaseSync(file, { timeout: 0 })
  try {
    lock.exec('begin exclusive')
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 })
    return () => lock.close()
  } catch (error) {
    lock.close()
    if (reasonOf(error) !== 'locked') throw unusable(directory, error)
    const sentence = `The data directory ${directory} is in use by another Greenroom${holder(pidFile)}.`
    throw new DataFileRefused(`${sentence} Stop that one, or set GREENROOM_DATA to another directory.`)
  }
}

const unusable = (directory: string, error: unknown) => {
  const sentence = `The data directory ${directory} cannot be used: ${(error as Error).message}.`
  return new DataFileRefused(`${sentence} Set GREENROOM_DATA to a directory that this user may write.`)
}
