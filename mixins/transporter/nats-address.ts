import type { ConnectionOptions } from 'nats'

const SETTING = 'GREENROOM_NATS_URL'

/** How nats.js is to reach the servers of an address; a name without a password is a token. */
export const connectionOptions = (url: string): ConnectionOptions => {
  const [first, ...others] = url.split(',').map((one) => new URL(one))
  const { username, password, protocol } = first!
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)]
  return {
    servers: [first!, ...others].map(({ host }) => host),
    ...(user && pass && { user, pass }),
    ...(user && !pass && { token: user }),
    ...(protocol === 'tls:' && { tls: {} }),
    timeout: 2000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    // A password that is corrected on the server is tried again as everything else is.
    ignoreAuthErrorAbort: true,
    // A server that is silent for so long is taken for dead.
    pingInterval: 2000,
    maxPingOut: 2,
  }
}

/** `host:port` of every server of an address, without passwords. */
export const serversOf = (url: string): string =>
  url
    .split(',')
    .map((one) => new URL(one))
    .map(({ hostname, port }) => `${hostname}:${port || 4222}`)
    .join(', ')

const faults: [pattern: RegExp, fault: string, fix: string][] = [
  [/CONNECTION_REFUSED|ECONNREFUSED/, 'refuses the connection', 'Start it, or correct the address'],
  [/ENOTFOUND|EAI_AGAIN/, 'cannot be found: there is no host of this name', 'Correct the address'],
  [/AUTHORIZATION|AUTHENTICATION/i, 'refuses the user or the password', 'Put those that it knows into the address'],
  [/certificate|CERT_/i, 'shows a certificate that is not trusted', 'Name its authority in NODE_EXTRA_CA_CERTS'],
  [/TIMEOUT/, 'does not answer', 'Look whether it is a NATS server, and at its log'],
  [/SECURE_CONN|TLS|SSL/i, 'and we do not agree on TLS', 'Write tls:// where it asks for that, and nats:// elsewhere'],
  [/BAD_|PARSE|INVALID|protocol|unexpected response/i, 'does not speak this protocol', 'Correct the address'],
]

/** Why a server does not serve, in one sentence, and what helps. */
export const natsSentence = (url: string, error: { message: string; code?: string }): string => {
  const said = `${error.code ?? ''} ${error.message}`
  const other = [null, `does not answer (${error.message})`, 'Look at its log'] as const
  const [, fault, fix] = faults.find(([pattern]) => pattern.test(said)) ?? other
  return `NATS at ${serversOf(url)} ${fault}. ${fix} (${SETTING}).`
}
