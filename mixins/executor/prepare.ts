import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Cache } from './cache.ts'
import type { Preparation } from './executor.ts'

/** Folders that a runtime needs and the host does not bring, such as a compiled standard library: made once, kept. */
export interface Preparations {
  /** The finished folder; resolves at once where an earlier process has made it. */
  folder(preparation: Preparation): Promise<string>
}

export const openPreparations = (cache: Cache): Preparations => {
  const made = new Map<string, Promise<string>>()
  return {
    folder: (preparation) => {
      const key = JSON.stringify(preparation)
      const known = made.get(key) ?? cache.entry('prepared', preparation, (draft) => prepare(draft, preparation))
      made.set(key, known)
      // The next run may try again.
      known.catch(() => made.delete(key))
      return known
    },
  }
}

const prepare = async (draft: string, { command, env }: Preparation): Promise<void> => {
  mkdirSync(draft, { recursive: true })
  const fill = (text: string) => text.replaceAll('{folder}', draft)
  const filled = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)]))
  const [program, ...args] = command.map(fill)
  await promisify(execFile)('nice', ['-n', '10', program!, ...args], { env: filled, cwd: draft, maxBuffer: 1 << 24 })
}
