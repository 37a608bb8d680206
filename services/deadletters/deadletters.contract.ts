import { contract } from '../../mixins/contract/contract.ts'
import type { InferProps } from '../../mixins/contract/schema.ts'

export const LETTER_STATES = ['open', 'retried', 'discarded'] as const

const text = { type: 'string' } as const
const orNull = { type: 'string', nullable: true } as const
const count = { type: 'number', integer: true } as const
const optional = { type: 'string', min: 1, max: 256, optional: true } as const
const reason = { type: 'string', min: 1, max: 1000 } as const
const byId = { $$strict: true, id: { type: 'string', min: 1, max: 64 } } as const
// Repeated, these would say twice what must be said once.
const once = { retryPolicy: { enabled: false } } as const

const which = { topic: optional, group: optional, cause: optional } as const

/** A dead letter in a list. */
export const letterView = {
  id: text,
  state: { type: 'enum', values: LETTER_STATES },
  topic: text,
  partition: count,
  offset: count,
  group: text,
  type: text,
  messageId: text,
  key: text,
  cause: text,
  error: text,
  attempts: count,
  failedAt: text,
  replayOf: orNull,
  settledAt: orNull,
  settledBy: orNull,
  reason: orNull,
} as const

const message = {
  id: text,
  key: text,
  type: text,
  headers: { type: 'record', value: text },
  payload: { type: 'any' },
} as const
const complaint = { type: 'object', props: { field: text, message: text } } as const

export type LetterView = InferProps<typeof letterView>

/** What can be asked about messages that could not be handled. Nothing of them is ever dropped unasked. */
export const deadletters = contract('deadletters', {
  list: {
    about: 'Dead letters, the newest first; by default those that nobody has decided about.',
    rest: { method: 'GET', path: '/dead-letters', status: 200 },
    params: {
      $$strict: true,
      ...which,
      state: { type: 'enum', values: LETTER_STATES, optional: true },
      cursor: optional,
      limit: { type: 'number', integer: true, min: 1, max: 200, convert: true, optional: true },
    },
    returns: { items: { type: 'array', items: { type: 'object', props: letterView } }, next: orNull },
  },
  causes: {
    about: 'Open dead letters counted by topic, group and cause, the most frequent first.',
    rest: { method: 'GET', path: '/dead-letters/causes', status: 200 },
    params: { $$strict: true },
    returns: {
      items: {
        type: 'array',
        items: {
          type: 'object',
          props: { topic: text, group: text, cause: text, count, error: text, oldest: text, newest: text },
        },
      },
      open: count,
    },
  },
  open: {
    about: 'How many dead letters are open, by topic and cause; as it was at most some seconds ago.',
    params: { $$strict: true },
    returns: { $$root: true, type: 'array', items: { type: 'object', props: { topic: text, cause: text, count } } },
  },
  get: {
    about: 'One dead letter with its whole envelope: the message as it was, and every fact of its failure.',
    rest: { method: 'GET', path: '/dead-letters/:id', status: 200 },
    params: byId,
    returns: { ...letterView, envelope: { type: 'object' } },
    refuses: ['DEAD_LETTER_NOT_FOUND'],
  },
  retry: {
    ...once,
    about:
      'Hands the message to the group that could not handle it once more, as it was or with another type or payload; one of unknown type to every group. ' +
      'With `dryRun` it only says what would be sent, and what its contract would say to it.',
    rest: { method: 'POST', path: '/dead-letters/:id/retry', status: 200 },
    params: {
      ...byId,
      type: optional,
      payload: { type: 'object', optional: true },
      reason: { ...reason, optional: true },
      dryRun: { type: 'boolean', optional: true },
    },
    returns: {
      state: { type: 'enum', values: LETTER_STATES },
      topic: text,
      group: orNull,
      message: { type: 'object', props: message },
      complaints: { type: 'array', items: complaint },
      dryRun: { type: 'boolean' },
    },
    refuses: ['DEAD_LETTER_NOT_FOUND', 'DEAD_LETTER_SETTLED', 'INVALID_RETRY'],
  },
  retryAll: {
    ...once,
    about:
      'Retries every open dead letter of a topic, group or cause, the oldest first, at most so many. With `dryRun` it only counts.',
    rest: { method: 'POST', path: '/dead-letters/retry', status: 200 },
    params: {
      $$strict: true,
      ...which,
      reason,
      limit: { type: 'number', integer: true, min: 1, max: 1000, optional: true },
      dryRun: { type: 'boolean', optional: true },
    },
    returns: { matched: count, retried: count, dryRun: { type: 'boolean' } },
  },
  discard: {
    ...once,
    about: 'Gives a message up for good. The letter stays, with the reason and who gave it.',
    rest: { method: 'POST', path: '/dead-letters/:id/discard', status: 200 },
    params: { ...byId, reason },
    returns: letterView,
    refuses: ['DEAD_LETTER_NOT_FOUND', 'DEAD_LETTER_SETTLED'],
  },
})
