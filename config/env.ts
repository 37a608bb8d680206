import { isIPv4 } from 'node:net'
import { nearest } from './nearest.ts'
import { type Setting, SettingRefused } from './setting.ts'
import { settings } from './settings.ts'

type Table = typeof settings
/** Every setting with its checked value. */
export type Env = { readonly [K in keyof Table]: Table[K] extends Setting<infer T> ? T : never }

type Source = Record<string, string | undefined>

// Read by the command line, which may be started from the same shell.
const FOREIGN = ['GREENROOM_URL']

/**
 * All settings, checked. The only reader of the process environment.
 * Throws SettingRefused with one sentence that names the variable, its value and what is expected; an unknown
 * GREENROOM_ variable is refused too, so that a misspelt setting is never ignored. An empty value counts as unset.
 */
export const readEnv = (source: Source = process.env): Env => {
  refuseUnknown(source)
  const env = Object.fromEntries(
    Object.entries(settings).map(([key, row]) => [key, read(row as Setting, source[row.name])]),
  ) as Env
  if (!isLoopback(env.host) && env.token === null) {
    throw new SettingRefused(
      `GREENROOM_HOST is "${env.host}", which other machines can reach: set GREENROOM_TOKEN to a secret of at least ` +
        '32 characters (for example the output of `openssl rand -hex 32`), or listen on 127.0.0.1.',
    )
  }
  return env
}

/** Whether only this machine can reach an address. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))

/** The settings as they may be shown to people: variable and value, secrets masked. */
export const printable = (env: Env): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).map(([key, row]) => {
      const value = env[key as keyof Env]
      return [row.name, value === null ? 'none' : 'secret' in row ? '********' : String(value)]
    }),
  )

const read = (row: Setting, text: string | undefined): unknown => {
  if (text === undefined || text === '') return row.default
  try {
    return row.parse(text)
  } catch (expected) {
    const value = row.secret ? `has ${text.length} characters` : `is "${text}"`
    throw new SettingRefused(`${row.name} ${value}, but must be ${expected}.`)
  }
}

const refuseUnknown = (source: Source): void => {
  const known = [...Object.values(settings).map((row): string => row.name), ...FOREIGN]
  const unknown = Object.keys(source).find((name) => name.startsWith('GREENROOM_') && !known.includes(name))
  if (!unknown) return
  const meant = nearest(unknown, known)
  throw new SettingRefused(
    `${unknown} is not a setting of Greenroom${meant ? `; did you mean ${meant}?` : '; docs/settings.md lists them all.'}`,
  )
}
