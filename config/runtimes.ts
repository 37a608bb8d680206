import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Limits, Runtime, Warm } from '../mixins/executor/executor.ts'
import type { Offer } from '../mixins/settings.ts'
import type { Language } from './language.ts'
import { languages } from './languages.ts'
import { type Place, placesOf } from './places.ts'

/** One version of one language that this machine can run, and the name of its syntax in the editor. */
export type DetectedRuntime = Offer & { syntax: string }

/** A language that this machine cannot run, and what brings it. */
export type MissingLanguage = { language: string; title: string; reason: string; package: string | null }

export type Detected = { runtimes: DetectedRuntime[]; missing: MissingLanguage[] }

/** Looks for every language of the catalogue; never throws. */
export const detectLanguages = async (catalogue: readonly Language[] = languages): Promise<Detected> => {
  const rows = await Promise.all(catalogue.map(look))
  return {
    runtimes: rows.flatMap(({ found }) => found),
    missing: rows.filter(({ found }) => found.length === 0).map(({ language, places }) => missing(language, places)),
  }
}

/** Every version of every language that this machine can run, the preferred version of a language first. */
export const detectRuntimes = async (): Promise<DetectedRuntime[]> => (await detectLanguages()).runtimes

const look = async (language: Language) => {
  const places = await placesOf(language)
  return { language, places, found: await versionsOf(language, places) }
}

const missing = ({ id, title, package: name }: Language, places: Place[]): MissingLanguage => {
  const problem = places.find((place) => place.problem !== null)?.problem
  const why = problem ?? `${title} was not found in any of its usual places.`
  return { language: id, title, package: name, reason: why }
}

const versionsOf = async (language: Language, places: Place[]): Promise<DetectedRuntime[]> => {
  const found = await Promise.all(places.map((place) => probe(language, place)))
  const known = found.filter((runtime) => runtime !== null)
  return known.filter((runtime, index) => known.findIndex(({ version }) => version === runtime.version) === index)
}

const probe = async (language: Language, place: Place): Promise<DetectedRuntime | null> => {
  if (place.problem !== null) return null
  try {
    const { stdout, stderr } = await promisify(execFile)(place.path, [...language.detect.version], {
      env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', GOTOOLCHAIN: 'local' },
      timeout: 20_000,
    })
    const version = language.detect.pattern.exec(stdout + stderr)?.[1]
    return version ? describe(language, version, place) : null
  } catch {
    // Broken or for another machine: in each case there is nothing to offer.
    return null
  }
}

/** What a program may use where neither its author nor its language says otherwise. */
export const defaultLimits: Limits = {
  wallMs: 120_000,
  cpuMs: 30_000,
  memoryBytes: 256 << 20,
  processes: 64,
  outputBytes: 16 << 20,
  diskBytes: 64 << 20,
}

const describe = (language: Language, version: string, place: Place): DetectedRuntime => {
  const { id, title, aliases, fileName, syntax, limits } = language
  return {
    language: id,
    title,
    version,
    aliases: [...aliases],
    fileName,
    syntax,
    compiled: language.compile !== undefined,
    warm: language.warm !== undefined,
    limits: { ...defaultLimits, ...limits },
    runtime: runtimeOf(language, version, place),
  }
}

const runtimeOf = (language: Language, version: string, place: Place): Runtime => {
  const words: Record<string, string> = { '{command}': place.command, '{home}': place.home, '{version}': version }
  const fill = (text: string) => text.replaceAll(/\{(command|home|version)\}/g, (word) => words[word]!)
  const fillAll = (env: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)]))
  const fillCommands = (commands: Warm): Warm =>
    Object.fromEntries(Object.entries(commands).map(([how, command]) => [how, command.map(fill)]))
  const { compile, prepare, warm } = language
  return {
    language: language.id,
    version,
    run: language.run.map(fill),
    ...(compile && { compile: compile.map(fill) }),
    env: fillAll(language.env),
    mounts: place.mounts,
    ...(warm && { warm: fillCommands(warm) }),
    ...(prepare && { prepare: { ...prepare, command: prepare.command.map(fill), env: fillAll(prepare.env) } }),
  }
}
