import { readFileSync } from 'node:fs'
import { basename, dirname, relative, resolve, sep } from 'node:path'
import { UsageError } from './failure.ts'

export type SourceFile = { path: string; content: string; encoding?: 'base64' }

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Files as a request carries them. Their paths are relative to the folder that holds them all. */
export const readFiles = (paths: string[]): SourceFile[] => {
  const full = paths.map((path) => resolve(path))
  const root = full.length === 1 ? dirname(full[0]!) : sharedFolder(full)
  return full.map((path, index) => ({ path: relative(root, path), ...content(read(path, paths[index]!)) }))
}

/** The program that is piped in, under the name its language gives to a single file. */
export const readProgram = (fileName: string): SourceFile => ({ path: fileName, ...content(read(0, 'the program')) })

/** Text where it is text, so that people can read the request, and base64 where it is not. */
export const content = (bytes: Uint8Array): Omit<SourceFile, 'path'> => {
  try {
    return { content: strict.decode(bytes) }
  } catch {
    return { content: Buffer.from(bytes).toString('base64'), encoding: 'base64' }
  }
}

/** The bytes of a file that was named on the command line. */
export const read = (path: string | number, said: string): Buffer => {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new UsageError(complaint(said, (error as NodeJS.ErrnoException).code))
  }
}

const complaint = (said: string, code: string | undefined): string => {
  if (code === 'ENOENT') return `There is no file ${said}. Arguments of the program go after --, files before it.`
  if (code === 'EISDIR') return `${said} is a folder; name its files, the one to start first.`
  if (code === 'EACCES') return `${said} may not be read by you.`
  return `${said} cannot be read (${code}).`
}

/** The entry as the request calls it, whether it was written as on the command line or as inside the program. */
export const entryOf = (entry: string, paths: string[], files: SourceFile[]): string => {
  const at = paths.findIndex((path) => resolve(path) === resolve(entry))
  const found =
    files[at] ?? files.find(({ path }) => path === entry) ?? files.find(({ path }) => basename(path) === entry)
  if (found) return found.path
  throw new UsageError(
    `--entry is "${entry}", which is none of the files: ${files.map(({ path }) => path).join(', ')}.`,
  )
}

const sharedFolder = (paths: string[]): string => {
  const parts = paths.map((path) => dirname(path).split(sep))
  const first = parts[0]!
  const length = first.findIndex((part, index) => parts.some((other) => other[index] !== part))
  return first.slice(0, length < 0 ? first.length : length).join(sep) || sep
}
