import { createHash } from 'node:crypto'
import { types } from 'node:util'
import type { TopicContract } from '../contract/contract.ts'
import { deadTopic, topicNamed } from '../contract/topic.ts'
import { replayOf } from './replay.ts'
import type { Message, NewMessage } from './topics.ts'

/** What is known of a message that could not be handled, next to the message as it was. */
export type DeadLetter = {
  /** The same message buried again by the same group is the same letter. */
  id: string
  group: string
  topic: string
  partition: number
  offset: number
  at: number
  node: string
  attempts: number
  firstFailureAt: string
  lastFailureAt: string
  error: { name: string; type: string | null; message: string; stackHash: string; data: unknown }
  traceParent: string | null
  replayOf: string | null
  message: NewMessage
  /** The payload as its writer sent it, in base64, where the message does not say the same. */
  bytes?: string
}

export type Failures = { attempts: number; first: number; last: number; error: unknown }

export const DEAD_LETTER = 'topics.dead-letter'

/** The letters that are written about the messages of a topic, as somebody who subscribes to them sees them. */
export const lettersOf = (topic: string): TopicContract => ({
  name: DEAD_LETTER,
  topic: deadTopic(topic),
  about: 'A message that a group has given up, whole, with every fact of its failure.',
  payload: {
    id: { type: 'string' },
    group: { type: 'string' },
    topic: { type: 'string' },
    partition: { type: 'number', integer: true },
    offset: { type: 'number', integer: true },
    error: { type: 'object' },
    message: { type: 'object' },
  },
})

// Line numbers and paths differ between versions and machines; the names of the functions tell failures apart.
const stackHash = (stack: string): string => {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  const names = frames.map((line) => line.trim().replace(/\(?(?:file:|node:|\/).*$/, ''))
  return createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 16)
}

const described = (error: unknown): DeadLetter['error'] => {
  if (!types.isNativeError(error)) {
    return { name: typeof error, type: null, message: String(error), stackHash: stackHash(''), data: null }
  }
  const { type, data } = error as Error & { type?: string; data?: unknown }
  const { name, message, stack = '' } = error
  return { name, type: type ?? null, message, stackHash: stackHash(stack), data: data ?? null }
}

const isMore = (bytes: Uint8Array | undefined, payload: unknown): bytes is Uint8Array =>
  bytes !== undefined && !Buffer.from(JSON.stringify(payload)).equals(bytes)

const TYPE_UNKNOWN = 'TYPE_UNKNOWN'

/** A type that no contract known to this process gives to messages of the topic. */
export class TypeUnknown extends Error {
  readonly type = TYPE_UNKNOWN
  readonly retryable = false
  constructor({ topic, type }: Message) {
    super(type === '' ? 'The message has no type.' : `No message of ${topic} has the type ${JSON.stringify(type)}.`)
  }
}

/** Whether it concerns every group: what one process does not know, none of its version has handled. */
export const isEverybodys = ({ error }: DeadLetter): boolean => error.type === TYPE_UNKNOWN

/** The letter that a group writes about a message it has given up, ready for the topic's dead letters. */
export const deadLetter = (message: Message, by: string, node: string, failures: Failures): NewMessage => {
  const { topic, partition, offset, at, bytes, fault, ...original } = message
  // Each group finds out by itself that it does not know a type; in the name of one of them it is one letter.
  const group = failures.error instanceof TypeUnknown ? (topicNamed(topic).owner ?? by) : by
  const letter: DeadLetter = {
    id: `${group}/${topic}/${partition}/${offset}`,
    group,
    topic,
    partition,
    offset,
    at,
    node,
    attempts: failures.attempts,
    firstFailureAt: new Date(failures.first).toISOString(),
    lastFailureAt: new Date(failures.last).toISOString(),
    error: described(failures.error),
    traceParent: original.headers.traceparent ?? null,
    replayOf: replayOf(original),
    message: original,
    ...(isMore(bytes, original.payload) && { bytes: Buffer.from(bytes).toString('base64') }),
  }
  return { id: letter.id, key: original.key, type: DEAD_LETTER, headers: {}, payload: letter }
}
