import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import type { Program } from './executor.ts'

// A compiler that is upgraded keeps its path, and sometimes its version too.
const PACKAGES = '/var/lib/dpkg/status'

// What these name differs from one compilation to the next although the sources are the same.
const CHANGING = /__(TIME|DATE|TIMESTAMP)__|\.incbin|\/(proc|dev|sys)\b/

/**
 * Names everything that a compilation depends on: every file of the program by path and bytes, its entry, the compiler
 * with its version, command and environment, and who may share the result. Null for a program that may compile to
 * something else each time.
 */
export const compileKey = ({ runtime, files, entry, scope = '' }: Program): string | null => {
  if (files.some(({ bytes }) => CHANGING.test(Buffer.from(bytes).toString('latin1')))) return null
  const { language, version, compile, env, mounts, prepare } = runtime
  const hash = createHash('sha256')
  const add = (value: unknown) => hash.update(`${JSON.stringify(value)}\n`)
  add([language, version, compile, env, mounts, prepare ?? null, entry, scope, packagesAt()])
  for (const { path, bytes } of [...files].sort((one, two) => (one.path < two.path ? -1 : 1))) {
    add([path, bytes.length])
    hash.update(bytes)
  }
  return hash.digest('hex')
}

const packagesAt = (): number => statSync(PACKAGES, { throwIfNoEntry: false })?.mtimeMs ?? 0
