import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const ALSO = ['/usr/local/bin', '/usr/bin', '/usr/sbin', join(homedir(), '.cargo/bin')]

/** The path of a program, or null; some lie where the PATH of ordinary users does not look. */
export const programIn = (name: string): string | null => {
  const folders = [...(process.env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/')), ...ALSO]
  return folders.map((folder) => join(folder, name)).find(isProgram) ?? null
}

/** Where servers that no package brings are kept, shared by every checkout of this user. */
export const serverCache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'greenroom')

/** Whether a file is there and may be executed. */
export const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Absent, or not for us.
    return false
  }
}
