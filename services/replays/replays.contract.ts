import { contract } from '../../mixins/contract/contract.ts'
import type { InferProps } from '../../mixins/contract/schema.ts'

export const REPLAY_STATES = ['running', 'done', 'cancelled'] as const

const text = { type: 'string' } as const
const orNull = { type: 'string', nullable: true } as const
const count = { type: 'number', integer: true } as const
const name = { type: 'string', min: 1, max: 256 } as const
const offset = { type: 'number', integer: true, min: 0, optional: true } as const
const byId = { $$strict: true, id: { type: 'string', min: 1, max: 64 } } as const

/** Which messages of a topic are meant; without a bound, all that there are when it begins. */
const selection = {
  topic: name,
  partition: offset,
  from: offset,
  to: offset,
  since: { ...name, optional: true },
  until: { ...name, optional: true },
  types: { type: 'array', items: name, min: 1, max: 50, optional: true },
  key: { ...name, optional: true },
} as const

export const replayView = {
  id: text,
  state: { type: 'enum', values: REPLAY_STATES },
  group: text,
  by: text,
  reason: text,
  ratePerSecond: count,
  createdAt: text,
  finishedAt: orNull,
  select: { type: 'object', props: selection },
  /** Per partition: the next offset to look at, and the one that it ends before. */
  ranges: { type: 'array', items: { type: 'object', props: { partition: count, next: count, end: count } } },
  sent: count,
} as const

const sample = { id: text, type: text, key: text, partition: count, offset: count, at: text } as const

export type ReplayView = InferProps<typeof replayView>
export type Selection = InferProps<typeof selection>

/** What can be asked about sending a part of a topic once more. */
export const replays = contract('replays', {
  start: {
    retryPolicy: { enabled: false },
    about:
      'Sends a part of a topic once more to one group, in order, at a rate, with headers that say so. What was itself replayed is left out.',
    rest: { method: 'POST', path: '/replays', status: 202 },
    params: {
      $$strict: true,
      ...selection,
      group: name,
      reason: { type: 'string', min: 1, max: 1000 },
      ratePerSecond: { type: 'number', integer: true, min: 1, max: 10_000, optional: true },
    },
    returns: replayView,
    refuses: ['INVALID_REPLAY'],
  },
  preview: {
    about:
      'What a replay would send: how many messages of which types, and the first of them. Looks at no more than 10,000 messages.',
    rest: { method: 'POST', path: '/replays/preview', status: 200 },
    params: { $$strict: true, ...selection },
    returns: {
      matched: count,
      looked: count,
      complete: { type: 'boolean' },
      types: { type: 'record', value: count },
      first: { type: 'array', items: { type: 'object', props: sample } },
    },
    refuses: ['INVALID_REPLAY'],
  },
  list: {
    about: 'Replays, the newest first.',
    rest: { method: 'GET', path: '/replays', status: 200 },
    params: {
      $$strict: true,
      state: { type: 'enum', values: REPLAY_STATES, optional: true },
      cursor: { ...name, optional: true },
      limit: { type: 'number', integer: true, min: 1, max: 200, convert: true, optional: true },
    },
    returns: { items: { type: 'array', items: { type: 'object', props: replayView } }, next: orNull },
  },
  get: {
    about: 'One replay and how far it has come.',
    rest: { method: 'GET', path: '/replays/:id', status: 200 },
    params: byId,
    returns: replayView,
    refuses: ['REPLAY_NOT_FOUND'],
  },
  cancel: {
    retryPolicy: { enabled: false },
    about: 'Ends a replay; what was sent stays sent.',
    rest: { method: 'POST', path: '/replays/:id/cancel', status: 202 },
    params: byId,
    returns: replayView,
    refuses: ['REPLAY_NOT_FOUND', 'REPLAY_OVER'],
  },
})
