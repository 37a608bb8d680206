import { Errors } from 'moleculer'

const SETTING = 'GREENROOM_REDIS_URL'
// Streams with exclusive ranges and CLIENT INFO came with it.
const OLDEST = [6, 2] as const

/** What was asked may or may not have been done; the same call may succeed later. */
export class RedisUnavailable extends Errors.MoleculerRetryableError {
  constructor(sentence: string) {
    super(sentence, 503, 'REDIS_UNAVAILABLE')
  }
}

/** The server has answered that a command is wrong; it would be wrong again. */
export class RedisRefused extends Errors.MoleculerError {
  constructor(answer: string) {
    super(`Redis has refused a command: ${answer}`, 500, 'REDIS_REFUSED')
  }
}

/** The setting is no address of a Redis server; never shows it, because it may hold a password. */
export class RedisUrlRefused extends Error {
  readonly type = 'REDIS_URL_REFUSED'
  constructor() {
    super(
      `${SETTING} is not the address of a Redis server. Give redis://HOST:PORT, with rediss:// for TLS, ` +
        'USER:PASSWORD@ before the host and /NUMBER of a database after the port where they are needed.',
    )
  }
}

/** `host:port` of a server, without its password. */
export const serverOf = (url: string): string => {
  const parsed = URL.parse(url)
  const isRedis = parsed !== null && /^rediss?:$/.test(parsed.protocol) && parsed.hostname !== ''
  if (!isRedis || !/^\/?\d*$/.test(parsed.pathname)) throw new RedisUrlRefused()
  return `${parsed.hostname}:${parsed.port || 6379}`
}

/** The number of the database that an address names. */
export const databaseOf = (url: string): number => Number(new URL(url).pathname.slice(1) || 0)

const faults: [pattern: RegExp, fault: string, fix: string][] = [
  [/ECONNREFUSED|ENOENT/, 'refuses the connection', 'Start it, or correct the address'],
  [
    /ECONNRESET|EPIPE/,
    'breaks the connection off',
    'See whether it runs and is Redis; write rediss:// where it asks for TLS',
  ],
  [/ENOTFOUND|EAI_AGAIN/, 'cannot be found: there is no host of this name', 'Correct the address'],
  [/WRONGPASS|NOAUTH|NOPERM/, 'refuses the user or the password', 'Put those that it knows into the address'],
  [/DB index/, 'does not have the database that is asked for', 'Correct the number at the end of the address'],
  [/LOADING/, 'is still reading its data', 'Nothing is to be done; it answers when it has'],
  [/OOM/, 'is full', 'Give it more memory (maxmemory)'],
  [/READONLY/, 'is a replica', 'Name the primary in the address'],
  [/MISCONF/, 'cannot write its data to disk', 'Look at its log and at the space that is left'],
  [/certificate/, 'shows a certificate that is not trusted', 'Name its authority in NODE_EXTRA_CA_CERTS'],
  [
    /Protocol error|wrong version number|SSL/i,
    'does not speak this protocol',
    'Correct the address (rediss:// is for TLS only)',
  ],
]

/** Why a server does not serve, in one sentence, and what helps. */
export const sentenceOf = (server: string, error: { message: string; code?: string }): string => {
  const said = `${error.code ?? ''} ${error.message}`
  const [, fault, fix] = faults.find(([pattern]) => pattern.test(said)) ?? [
    null,
    `does not answer (${error.message})`,
    'Look at its log',
  ]
  return `Redis at ${server} ${fault}. ${fix} (${SETTING}).`
}

/** Why a server that answers must not be used; null when it may. `info` is its answer to INFO. */
export const unfit = (server: string, info: string): string | null => {
  const value = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? ''
  const [major = 0, minor = 0] = value('redis_version').split('.').map(Number)
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    return `Redis at ${server} is version ${value('redis_version') || 'unknown'}; ${OLDEST.join('.')} is the oldest that will do. Upgrade it, or name another (${SETTING}).`
  if (value('maxmemory') !== '0' && value('maxmemory_policy') !== 'noeviction')
    return `Redis at ${server} would throw away queued work when it is full. Start it with --maxmemory-policy noeviction (${SETTING}).`
  return null
}

/** Whether what a server holds outlives its process. */
export const isLasting = (info: string): boolean => /^aof_enabled:1/m.test(info)
