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

/** The setting is no list of brokers. */
export class BrokersRefused extends Error {
  readonly type = 'KAFKA_BROKERS_REFUSED'
  constructor() {
    super(`${SETTING} is not a list of Kafka brokers. Give HOST:PORT of each, with commas between them.`)
  }
}

/** The addresses in a list; throws BrokersRefused when one of them is none. */
export const addressesIn = (brokers: string): string[] => {
  const addresses = brokers.split(',').map((text) => text.trim())
  if (addresses.every((address) => /^(\[[\da-f:]+\]|[\w.-]+):\d{1,5}$/i.test(address))) return addresses
  throw new BrokersRefused()
}

export const unasked = (brokers: string): string => `Kafka at ${brokers} has not answered yet (${SETTING}).`

const faults: [pattern: RegExp, fault: string, fix: string][] = [
  [/ECONNREFUSED|ENOENT/, 'refuses the connection', 'Start it, or correct the address'],
  [/ENOTFOUND|EAI_AGAIN/, 'cannot be found: there is no host of this name', 'Correct the address'],
  [
    /SASL|AUTHENTICATION|ILLEGAL_SASL_STATE/i,
    'refuses whoever does not say who they are',
    'Give it a listener without authentication for this network, or name another',
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
    'See that it is Kafka, and that the listener asks for neither TLS nor a password',
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
