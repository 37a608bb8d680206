import type { Limits, Preparation, Warm } from '../mixins/executor/executor.ts'

/** Where a language's interpreter or compiler may be, and how it tells its version. */
export type Detection = {
  /** Absolute paths or patterns, best first, `~/` for the home of who runs Greenroom; all that run and differ in version are offered. */
  paths: readonly string[]
  version: readonly string[]
  pattern: RegExp
  /** Files that must be there too, such as the headers and the linker that a compiler is no use without. */
  needs?: readonly string[]
}

/** What one found interpreter or compiler adds: `{command}` is its path inside, `{home}` two folders above it. */
export type Language = {
  id: string
  title: string
  aliases: readonly string[]
  /** The name that a single source is saved under. */
  fileName: string
  /** Name of the syntax in the editor. */
  syntax: string
  /** The Debian and Ubuntu packages that bring it, by spaces; null where Greenroom brings it itself. */
  package: string | null
  /** What an author of programs should know, in a sentence or two. */
  about: string
  detect: Detection
  /** Shown at this path inside where the command itself is nowhere that sandboxes can see. */
  inside?: string
  /** Where sandboxes show the whole of a toolchain that lies outside of the system's folders; without, only those count. */
  homeInside?: string
  compile?: readonly string[]
  run: readonly string[]
  env?: Readonly<Record<string, string>>
  limits?: Partial<Limits>
  prepare?: Preparation
  warm?: Warm
}
