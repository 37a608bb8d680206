import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cache } from './cache.ts'
import { kernelLibrary } from './kernel-library.ts'

const SOURCE = new URL('./agents/', import.meta.url)

/** Our own programs that run inside sandboxes, where every user can read them, whatever folder Greenroom lies in. */
export const publishAgents = (cache: Cache): Promise<string> => {
  const files = readdirSync(SOURCE).map((name) => [name, readFileSync(new URL(name, SOURCE), 'utf8')] as const)
  const library = kernelLibrary()
  return cache.entry('agents', [...files, library?.version], (draft) => {
    mkdirSync(draft, { recursive: true })
    for (const [name, text] of files) writeFileSync(join(draft, name), text)
    if (library) copyFileSync(library.path, join(draft, 'koffi.node'))
  })
}
