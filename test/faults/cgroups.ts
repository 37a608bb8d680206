import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const DEPTH = 5

/** Control groups that a server of this process id has made and that are still there. */
export const cgroupsOf = (pid: number): string[] => below('/sys/fs/cgroup', `greenroom-${pid}-`, DEPTH)

const below = (folder: string, prefix: string, depth: number): string[] => {
  if (depth === 0) return []
  return foldersIn(folder).flatMap((name) => {
    const path = join(folder, name)
    return name.startsWith(prefix) ? [path] : below(path, prefix, depth - 1)
  })
}

const foldersIn = (folder: string): string[] => {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
  } catch {
    // Gone while we looked.
    return []
  }
}
