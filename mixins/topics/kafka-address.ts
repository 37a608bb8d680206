/** The setting is no list of brokers. */
export class BrokersRefused extends Error {
  readonly type = 'KAFKA_BROKERS_REFUSED'
  constructor() {
    super(`GREENROOM_KAFKA_BROKERS is not ${BROKERS_FORM}.`)
  }
}

export const BROKERS_FORM =
  'HOST:PORT of each broker, with commas between them, or kafka://USER:PASSWORD@HOST:PORT,HOST:PORT (kafkas:// for TLS)'

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const
type Mechanism = (typeof MECHANISMS)[number]

/** Where brokers listen, and how they are to know us. */
export type Brokers = {
  /** `HOST:PORT` of each. */
  readonly addresses: string[]
  readonly tls: boolean
  readonly login: { mechanism: Mechanism; username: string; password: string } | null
}

const URL_FORM =
  /^(?<scheme>kafkas?):\/\/(?:(?<user>[^:@/]+):(?<password>[^@/]+)@)?(?<hosts>[^/?@]+)\/?(?:\?sasl=(?<sasl>.+))?$/

/**
 * Reads `HOST:PORT,HOST:PORT` or `kafka://USER:PASSWORD@HOST:PORT,HOST:PORT?sasl=MECHANISM`, with `kafkas:` for TLS; user and
 * password are written as in any URL, and the mechanism is `scram-sha-512` where none is named. Throws BrokersRefused.
 */
export const brokersOf = (setting: string): Brokers => {
  if (!setting.includes('://')) return { addresses: addressesIn(setting), tls: false, login: null }
  const { scheme, user, password, hosts = '', sasl } = URL_FORM.exec(setting)?.groups ?? {}
  const mechanism = MECHANISMS.find((known) => known === (sasl ?? 'scram-sha-512'))
  if (!mechanism || (sasl && !user)) throw new BrokersRefused()
  const login = user && password ? { mechanism, username: decoded(user), password: decoded(password) } : null
  return { addresses: addressesIn(hosts), tls: scheme === 'kafkas', login }
}

const addressesIn = (hosts: string): string[] => {
  const addresses = hosts.split(',').map((text) => text.trim())
  if (addresses.every((address) => /^(\[[\da-f:]+\]|[\w.-]+):\d{1,5}$/i.test(address))) return addresses
  throw new BrokersRefused()
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new BrokersRefused()
  }
}
