import { createHash } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Build, decodeBuild, encodeBuild } from './compile-cache-frame.ts'
import { compileKey } from './compile-cache-key.ts'
import type { Program } from './executor.ts'

/** The place of one program in the cache. */
export type Kept = {
  /** What its sources were compiled to; null where they must be compiled. */
  find(): Promise<Build | null>
  /** For builds of compilers that succeeded and had nothing to say; does nothing where it is kept already. */
  keep(build: Build): Promise<void>
  /** Largest build that is kept, in bytes. */
  readonly mostBytes: number
}

/** Compiled programs, kept for those that are submitted again. */
export interface CompileCache {
  /** Null for a program that is not compiled, or whose result may be another one each time. */
  of(program: Program): Kept | null
}

type Entry = { size: number; digest: string }

// One large program must not push out all the others.
const SHARE = 4

/**
 * Keeps builds in a private folder, up to so many bytes, least recently used first out, for as long as this process
 * lives. What is read back is served only if every byte is as it was written.
 */
export const openCompileCache = (folder: string, capacity: number): CompileCache => {
  rmSync(folder, { recursive: true, force: true })
  const builds = new Builds(folder, capacity)
  return {
    of: (program) => {
      const key = program.runtime.compile && compileKey(program)
      if (!key) return null
      return { find: () => builds.find(key), keep: (build) => builds.keep(key, build), mostBytes: builds.mostBytes }
    },
  }
}

class Builds {
  readonly mostBytes: number
  readonly #folder: string
  readonly #capacity: number
  // In order of use, the oldest first.
  readonly #entries = new Map<string, Entry>()
  readonly #coming = new Map<string, Promise<void>>()
  #taken = 0

  constructor(folder: string, capacity: number) {
    this.#folder = folder
    this.#capacity = capacity
    this.mostBytes = Math.floor(capacity / SHARE)
  }

  async find(key: string): Promise<Build | null> {
    // That it could not be written is told to whoever wrote it.
    await this.#coming.get(key)?.catch(() => {})
    const entry = this.#entries.get(key)
    if (!entry) return null
    // No file, or another one, is as good as none: the program is then compiled.
    const bytes = await readFile(join(this.#folder, key)).catch(() => null)
    const build = bytes && digest(bytes) === entry.digest ? decodeBuild(bytes) : null
    if (this.#entries.get(key) !== entry) return build
    if (!build) await this.#forget(key)
    else if (this.#entries.delete(key)) this.#entries.set(key, entry)
    return build
  }

  async keep(key: string, build: Build): Promise<void> {
    if (this.#entries.has(key) || this.#coming.has(key)) return
    const coming = this.#add(key, encodeBuild(build)).finally(() => this.#coming.delete(key))
    this.#coming.set(key, coming)
    await coming
  }

  async #add(key: string, bytes: Buffer): Promise<void> {
    if (bytes.length > this.mostBytes) return
    await this.#write(key, bytes)
    this.#entries.set(key, { size: bytes.length, digest: digest(bytes) })
    this.#taken += bytes.length
    for (const oldest of this.#entries.keys()) if (this.#taken > this.#capacity) await this.#forget(oldest)
  }

  // Whole under another name first: half a build is never read.
  async #write(key: string, bytes: Buffer): Promise<void> {
    const draft = join(this.#folder, `${key}.new`)
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    try {
      await writeFile(draft, bytes, { mode: 0o600 })
      await rename(draft, join(this.#folder, key))
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  }

  async #forget(key: string): Promise<void> {
    this.#taken -= this.#entries.get(key)?.size ?? 0
    this.#entries.delete(key)
    await rm(join(this.#folder, key), { force: true })
  }
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
