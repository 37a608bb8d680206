import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cache } from './cache.ts'

const SOURCE = new URL('./agents/', import.meta.url)

/** Our own programs that run inside sandboxes, where every user can read them, whatever folder Greenroom lies in. */
export const publishAgents = (cache: Cache): Promise<string> => {
  const files = readdirSync(SOURCE).map((name) => [name, readFileSync(new URL(name, SOURCE), 'utf8')] as const)
  return cache.entry('agents', files, (draft) => {
    mkdirSync(draft, { recursive: true })
    for (const [name, text] of files) writeFileSync(join(draft, name), text)
  })
}
