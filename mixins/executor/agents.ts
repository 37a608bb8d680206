import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Cache } from './cache.ts'

const SOURCE = new URL('./agents/', import.meta.url)

/** By which the agents of Node call the kernel; they load the library itself, without the package around it. */
const CALLS = `@koromix/koffi-linux-${process.arch}`

/** Our own programs that run inside sandboxes, where every user can read them, whatever folder Greenroom lies in. */
export const publishAgents = (cache: Cache): Promise<string> => {
  const files = readdirSync(SOURCE).map((name) => [name, readFileSync(new URL(name, SOURCE), 'utf8')] as const)
  const { resolve } = createRequire(import.meta.url)
  const library = resolve(`${CALLS}/linux_${process.arch}/koffi.node`)
  const { version } = JSON.parse(readFileSync(resolve(`${CALLS}/package.json`), 'utf8'))
  return cache.entry('agents', [...files, version], (draft) => {
    mkdirSync(draft, { recursive: true })
    for (const [name, text] of files) writeFileSync(join(draft, name), text)
    copyFileSync(library, join(draft, 'koffi.node'))
  })
}
