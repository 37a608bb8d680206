import { constants } from 'node:fs'
import { copyFile, cp, link, mkdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Cache, isReachable } from './cache.ts'

/** The path itself where sandboxes can read it, else that of a copy in the cache, made once per version. */
export const reachable = async (path: string, cache: Cache): Promise<string> => {
  if (isReachable(path)) return path
  const { mtimeMs, size, ino } = await stat(path)
  const folder = await cache.entry('shown', [path, mtimeMs, size, ino], (draft) =>
    place(path, join(draft, basename(path))),
  )
  return join(folder, basename(path))
}

const place = async (path: string, copy: string) => {
  await mkdir(dirname(copy), { recursive: true })
  if ((await stat(path)).isDirectory()) return await cp(path, copy, { recursive: true, verbatimSymlinks: true })
  const { mode } = await stat(path)
  // A link costs nothing, but shares its permissions with the original.
  if ((mode & 0o777) === 0o755) await link(path, copy).catch(() => copyFile(path, copy, constants.COPYFILE_FICLONE))
  else await copyFile(path, copy, constants.COPYFILE_FICLONE)
}
