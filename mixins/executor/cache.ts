import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SandboxUnavailable } from './unavailable.ts'

const HOUR_MS = 3_600_000

const isRoot = process.getuid?.() === 0

/** A folder that the users of sandboxes read and nobody but us writes. */
export type Cache = {
  /** The entry of this kind and key; made whole under another name first, once, so that nobody ever sees half of it. */
  entry(kind: string, key: unknown, make: (draft: string) => void | Promise<void>): Promise<string>
}

export const openCache = (folder: string): Cache => {
  mkdirSync(folder, { recursive: true })
  const { uid, mode } = statSync(folder)
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0)
    throw new SandboxUnavailable(
      'cache',
      `The cache folder ${folder} can be changed by other users.`,
      `Choose another one by GREENROOM_CACHE, or run: chown ${process.getuid?.()} ${folder} && chmod 755 ${folder}`,
    )
  chmodSync(folder, 0o755)
  if (!isReachable(folder))
    throw new SandboxUnavailable(
      'cache',
      `The cache folder ${folder} lies where other users cannot read, but sandboxes run under users of their own.`,
      'Choose another one by GREENROOM_CACHE, such as /var/cache/greenroom',
    )
  removeAbandoned(folder)
  return { entry: (kind, key, make) => entry(join(folder, `${kind}-${digest(key)}`), make) }
}

// Whoever is not done with a draft after an hour was killed over it.
const removeAbandoned = (folder: string) => {
  for (const name of readdirSync(folder).filter((one) => /\.\d+$/.test(one))) {
    const draft = join(folder, name)
    const stats = statSync(draft, { throwIfNoEntry: false })
    if (stats && Date.now() - stats.mtimeMs > HOUR_MS) rmSync(draft, { recursive: true, force: true })
  }
}

/** True where any user can get at the path; only then a sandbox under a user of its own can show it. */
export const isReachable = (path: string): boolean => {
  if (!isRoot) return true
  for (let at = path; at !== '/'; at = dirname(at)) {
    const { mode } = statSync(at)
    const needed = (mode & 0o170000) === 0o040000 ? 0o001 : at === path ? 0o004 : 0
    if ((mode & needed) !== needed) return false
  }
  return true
}

const digest = (key: unknown) => createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 20)

const entry = async (path: string, make: (draft: string) => void | Promise<void>): Promise<string> => {
  if (existsSync(path)) return path
  const draft = `${path}.${process.pid}`
  await rm(draft, { recursive: true, force: true })
  await make(draft)
  openToAll(draft)
  await rename(draft, path).catch(async (error) => {
    await rm(draft, { recursive: true, force: true })
    if (!existsSync(path)) throw error
  })
  return path
}

// Whatever the umask was when it was written.
const openToAll = (path: string) => {
  const { mode } = statSync(path)
  const isFolder = (mode & 0o170000) === 0o040000
  chmodSync(path, isFolder || (mode & 0o111) !== 0 ? 0o755 : 0o644)
  if (!isFolder) return
  for (const item of readdirSync(path, { withFileTypes: true }))
    if (!item.isSymbolicLink()) openToAll(join(path, item.name))
}
