import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** By which Node calls the kernel and the C library; loaded itself, without the package around it. */
const PACKAGE = `@koromix/koffi-linux-${process.arch}`

/** Null where it is left out, as in the image: what it is for is done without then. */
export const kernelLibrary = (): { path: string; version: string } | null => {
  const { resolve } = createRequire(import.meta.url)
  try {
    const { version } = JSON.parse(readFileSync(resolve(`${PACKAGE}/package.json`), 'utf8'))
    return { path: resolve(`${PACKAGE}/linux_${process.arch}/koffi.node`), version }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return null
    throw error
  }
}
