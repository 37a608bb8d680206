import { Errors } from 'moleculer'

const SETTING = 'GREENROOM_KAFKA_BROKERS'

/** Kafka does not serve now. What was appended may or may not be in its topic: append it again. */
export class TopicsUnavailable extends Errors.MoleculerRetryableError {
  constructor(sentence: string) {
    super(sentence, 503, 'TOPICS_UNAVAILABLE')
  }
}

/** A message that is larger than its topic takes; repeating it cannot help. */
export class MessageTooLarge extends Errors.MoleculerError {
  constructor(topic: string, id: string, bytes: number, most: number) {
    super(`Message ${id} has ${bytes} bytes, and ${topic} takes ${most} at most.`, 500, 'MESSAGE_TOO_LARGE', { id })
  }
}

export const unasked = (brokers: string): string => `Kafka at ${brokers} has not answered yet (${SETTING}).`

const faults: [pattern: RegExp, fault: string, fix: string][] = [
  [/ECONNREFUSED|ENOENT/, 'refuses the connection', 'Start it, or correct the address'],
  [/ENOTFOUND|EAI_AGAIN/, 'cannot be found: there is no host of this name', 'Correct the address'],
  [
    /ILLEGAL_SASL_STATE/i,
    'asks nobody for a password on this listener',
    'Leave them out of the address, or name the listener that asks',
  ],
  [
    /mechanism/i,
    'does not know this way to say who one is',
    'Name one that it enables: ?sasl=plain, scram-sha-256 or scram-sha-512 after its address',
  ],
  [/SASL|AUTHENTICATION/i, 'refuses the user or the password', 'Put those that it knows into the address'],
  [/certificate|CERT_/i, 'shows a certificate that is not trusted', 'Name its authority in NODE_EXTRA_CA_CERTS'],
  [
    /ERR_SSL|EPROTO|SSL routines/,
    'and we do not agree on TLS',
    'Write kafkas:// where it asks for that, and kafka:// elsewhere',
  ],
  [
    /AUTHORIZATION_FAILED|not authorized/i,
    'does not allow what is needed',
    'Allow reading, writing and creating topics and groups',
  ],
  [
    /UNSUPPORTED_VERSION|NotImplemented|unsupported version|older than/i,
    'is too old',
    'Upgrade it to 2.4 or later, or name another',
  ],
  [
    /NOT_ENOUGH_REPLICAS|NoBrokerAvailable|LEADER_NOT_AVAILABLE|no leader|COORDINATOR|BrokerNotFound/i,
    'has too few of its brokers running',
    'Start the others, or wait until they have started',
  ],
  [
    /Closed connection|not connected|ECONNRESET|socket hang up|EPIPE/i,
    'closes the connection',
    'See that it is Kafka; where it asks for TLS, write kafkas://, and where for a password, kafka://USER:PASSWORD@HOST:PORT',
  ],
  [
    /correlation|out of range|Invalid (array|string|typed)|offset.*outside|message size/i,
    'does not speak this protocol',
    'Correct the address',
  ],
  [
    /timeout|timed out|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/i,
    'does not answer',
    'Correct the address, or look at its log',
  ],
]

/** Why the brokers do not serve, in one sentence, and what helps. */
export const sentenceOf = (brokers: string, error: unknown): string => {
  const { name = '', code = '', type = '', message = '' } = deepest(error)
  const said = `${name} ${code} ${type} ${message}`
  const [, fault, fix] = faults.find(([pattern]) => pattern.test(said)) ?? [
    null,
    `does not serve (${message})`,
    'Look at its log',
  ]
  return `Kafka at ${brokers} ${fault}. ${fix} (${SETTING}).`
}

/** Whether what failed is that there is no such topic, or that a broker has yet to hear of it. */
export const isUnknownTopic = (error: unknown): boolean => deepest(error).type === 'UNKNOWN_TOPIC_OR_PARTITION'

type Raised = { name?: string; code?: string | number; type?: string; message?: string; cause?: unknown }

// The client wraps what went wrong in what it did about it.
const deepest = (error: unknown): Raised => {
  const raised = (error ?? {}) as Raised
  return raised.cause ? deepest(raised.cause) : raised
}
