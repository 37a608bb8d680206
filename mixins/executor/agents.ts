import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Cache } from './cache.ts'

const SOURCE = new URL('./agents/', import.meta.url)

/**
 * By which the agents of Node call the kernel; they load the library itself, without the package around it. Where it is left
 * out, as in the image, Node is not forked.
 */
const CALLS = `@koromix/koffi-linux-${process.arch}`

const libraryOf = (): { path: string; version: string } | null => {
  const { resolve } = createRequire(import.meta.url)
  try {
    const { version } = JSON.parse(readFileSync(resolve(`${CALLS}/package.json`), 'utf8'))
    return { path: resolve(`${CALLS}/linux_${process.arch}/koffi.node`), version }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return null
    throw error
  }
}

/** Our own programs that run inside sandboxes, where every user can read them, whatever folder Greenroom lies in. */
export const publishAgents = (cache: Cache): Promise<string> => {
  const files = readdirSync(SOURCE).map((name) => [name, readFileSync(new URL(name, SOURCE), 'utf8')] as const)
  const library = libraryOf()
  return cache.entry('agents', [...files, library?.version], (draft) => {
    mkdirSync(draft, { recursive: true })
    for (const [name, text] of files) writeFileSync(join(draft, name), text)
    if (library) copyFileSync(library.path, join(draft, 'koffi.node'))
  })
}
