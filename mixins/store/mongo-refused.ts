/** The setting that names the server cannot be used as it is; the sentence says what it should look like. */
export class MongoRefused extends Error {
  readonly type = 'MONGO_REFUSED'
}

/** The database that a URL names, by default our own. */
export const databaseIn = (url: string): string => /^[^/]+\/\/[^/?]+\/([^?/]+)/.exec(url)?.[1] ?? 'greenroom'

type Fault = Error & { code?: unknown; cause?: unknown; reason?: { servers?: Map<string, { error?: Error }> } }

const fixes: readonly (readonly [RegExp, string])[] = [
  [
    /authentication|auth failed|requires auth|unauthorized|not authorized|SCRAM|credential/i,
    'does not let Greenroom in. Check user, password and ?authSource= in GREENROOM_MONGODB_URL',
  ],
  [
    /wire version|MongoCompatibilityError|incompatible/i,
    'is too old for Greenroom. Start MongoDB 5.0 or newer and set GREENROOM_MONGODB_URL to it',
  ],
  [/ECONNREFUSED/, 'is not running, or listens elsewhere. Start it, or correct host and port in GREENROOM_MONGODB_URL'],
  [/ENOTFOUND|EAI_AGAIN/, 'has a name that nobody knows. Correct the host in GREENROOM_MONGODB_URL'],
  [
    /certificate|SSL|TLS/i,
    'and Greenroom do not agree on TLS. Check ?tls= and its certificates in GREENROOM_MONGODB_URL',
  ],
  [
    /timed? ?out|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/i,
    'does not answer. See whether it is overloaded or a firewall is between, or correct GREENROOM_MONGODB_URL',
  ],
  [
    /no server takes writes|not primary|NotWritablePrimary|ReplicaSetNoPrimary/i,
    'has no primary that takes writes. Look at its replica set, or correct GREENROOM_MONGODB_URL',
  ],
]

/** What to do about a server, in one sentence that holds no secret. */
export const sentenceOf = (server: string, error: Error): string => {
  const causes = causesOf(error)
  const text = causes.map(({ name, message, code }) => `${name} ${code ?? ''} ${message}`).join('\n')
  const [, fix = 'cannot be used. Check GREENROOM_MONGODB_URL'] = fixes.find(([pattern]) => pattern.test(text)) ?? []
  return `MongoDB at ${server} ${fix} (${causes.at(-1)?.message ?? error.message}).`
}

// What the driver could not reach a server for stands in what it knows of each one.
const causesOf = (error: Fault): Fault[] => {
  const known = [...(error.reason?.servers?.values() ?? [])].flatMap((server) => server.error ?? [])
  const inner = known[0] ?? (error.cause instanceof Error ? error.cause : undefined)
  return inner && inner !== error ? [error, ...causesOf(inner)] : [error]
}
