import { readFileSync } from 'node:fs'

/** The number after a name in the kernel's `name value` lines; 0 where the kernel does not know the name. */
export const field = (text: string, name: string): number => {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  return line ? Number(line.slice(name.length + 1)) : 0
}

/** The number that a file holds; 0 where the kernel is too old to have the file. */
export const number = (path: string): number => {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
