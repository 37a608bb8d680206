import { existsSync, globSync } from 'node:fs'
import { access, constants, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { isReachable } from '../mixins/executor/cache.ts'
import type { Language } from './language.ts'

/** An interpreter or compiler on this machine and what sandboxes see of it; `problem` says why they cannot use it. */
export type Place = {
  path: string
  command: string
  home: string
  mounts: readonly (readonly [host: string, inside: string])[]
  problem: string | null
}

/** Every program that may be the language's interpreter or compiler, each once, best first. */
export const placesOf = async (language: Language): Promise<Place[]> => {
  const paths = language.detect.paths.flatMap((pattern) => matches(pattern.replace(/^~(?=\/)/, homedir())))
  const real = await Promise.all(paths.map(executable))
  return [...new Set(real)].filter((path) => path !== null).map((path) => placeOf(language, path))
}

const matches = (pattern: string): string[] => (/[*[{]/.test(pattern) ? globSync(pattern).sort() : [pattern])

const executable = async (path: string): Promise<string | null> => {
  try {
    await access(path, constants.X_OK)
    return await realpath(path)
  } catch {
    // Absent, or not for us.
    return null
  }
}

const placeOf = (language: Language, path: string): Place => {
  const { inside, homeInside, detect } = language
  const home = dirname(dirname(path))
  const lacking = detect.needs?.find((needed) => !existsSync(needed))
  const problem = lacking ? `${language.title} at ${path} lacks ${lacking}.` : null
  if (inside) return { path, command: inside, home: dirname(dirname(inside)), mounts: [[path, inside]], problem }
  if (path.startsWith('/usr/')) return { path, command: path, home, mounts: [], problem }
  // A toolchain is large: it is shown where it lies, never copied.
  if (!homeInside || !isReachable(path))
    return {
      path,
      command: path,
      home,
      mounts: [],
      problem: `${language.title} at ${path} cannot be shown to sandboxes.`,
    }
  const command = join(homeInside, relative(home, path))
  return { path, command, home: homeInside, mounts: [[home, homeInside]], problem }
}
