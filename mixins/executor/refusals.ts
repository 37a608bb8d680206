import type { Limits, Program } from './executor.ts'

const MOST_FILES = 256

/** In less not even the first process of a sandbox, which is ours, comes up to tell how the program ended. */
const LEAST_MEMORY = 2 ** 20

/** Beyond these the kernel, or a timer, would take a limit for something else. */
const MOST: Limits = {
  wallMs: 2 ** 31 - 1,
  cpuMs: 2 ** 31 - 1,
  memoryBytes: 2 ** 50,
  processes: 2 ** 15,
  outputBytes: 2 ** 50,
  diskBytes: 2 ** 50,
}

/** Why a program cannot even be tried, as a sentence; null where it can. The sandbox relies on nobody else's checks. */
export const refusalOf = (program: Program): string | null => {
  const { id, files, entry, args, env, limits, artifacts } = program
  if (!/^[\w-]{1,100}$/.test(id)) return `The id ${JSON.stringify(id)} must be up to 100 letters, digits, - and _.`
  if (files.length > MOST_FILES) return `A program has at most ${MOST_FILES} files, this one has ${files.length}.`
  const paths = [...files.map((file) => file.path), entry, ...(artifacts ? [artifacts.directory] : [])]
  const bad = paths.find((path) => !isPlainPath(path))
  if (bad !== undefined) return `${JSON.stringify(bad)} is not a plain relative path.`
  if (!files.some((file) => file.path === entry)) return `The entry ${JSON.stringify(entry)} is not among the files.`
  const folder = folderAmong(files.map((file) => file.path))
  if (folder !== undefined) return `${JSON.stringify(folder)} is a file and also a folder.`
  if (args.some((arg) => arg.includes('\0'))) return 'An argument holds a zero byte.'
  const name = Object.keys(env).find((key) => key === '' || /[=\0]/.test(key) || env[key]!.includes('\0'))
  if (name !== undefined) return `The environment variable ${JSON.stringify(name)} cannot be set.`
  const limit = Object.entries(limits).find(([, value]) => !(Number.isSafeInteger(value) && value > 0))
  if (limit) return `limits.${limit[0]} must be a whole number above 0.`
  if (limits.memoryBytes < LEAST_MEMORY) return `limits.memoryBytes must be at least ${LEAST_MEMORY}.`
  const over = (Object.keys(MOST) as (keyof Limits)[]).find((key) => limits[key] > MOST[key])
  return over ? `limits.${over} must be at most ${MOST[over]}.` : null
}

const folderAmong = (paths: string[]): string | undefined => {
  if (paths.length === 1) return undefined
  const folders = new Set(paths.flatMap((path) => [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index))))
  return paths.find((path) => folders.has(path))
}

// Most paths are a plain name; a program waits for this.
const isPlainPath = (path: string): boolean => /^\w[\w.-]{0,200}$/.test(path) || isPlain(path)

const isPlain = (path: string): boolean =>
  path.length <= 4096 &&
  !path.startsWith('-') &&
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be in a path
  !/[\u0000-\u001f\u007f]/.test(path) &&
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= 255)
