import { event, request, signal } from '../../mixins/contract/contract.ts'
import { topic } from '../../mixins/contract/topic.ts'
import { CAUSES, order, PRIORITIES, STATES, submission } from './execution.schema.ts'

const WEEK_MS = 7 * 24 * 3_600_000

export const Events = topic({
  name: 'executions.events',
  about: 'Every fact of every run, in order per run.',
  owner: 'results',
  partitions: 8,
  retentionMs: WEEK_MS,
})

export const Requests = topic({
  name: 'executions.requests',
  about: 'What other systems ask for.',
  owner: 'executions',
  partitions: 8,
  retentionMs: WEEK_MS,
})

// Every fact says enough to follow a run without asking for it, and carries its revision so that stale news is known.
const about = {
  executionId: { type: 'string' },
  rev: { type: 'number', integer: true },
  at: { type: 'string' },
  state: { type: 'enum', values: STATES },
  attempt: { type: 'number', integer: true },
  user: { type: 'string' },
  language: { type: 'string' },
  priority: { type: 'enum', values: PRIORITIES },
  createdAt: { type: 'string' },
  /** The id of the message that asked for the run, where one did. */
  request: { type: 'string', optional: true },
} as const

/** Another system submits a program; the message's id is the idempotency key. */
export const ExecutionRequested = request({
  name: 'executions.requested',
  topic: Requests.name,
  about: 'Another system submits a program, as POST /executions would; the id of the message is its idempotency key.',
  payload: submission,
})

/** A run was accepted, or waits again for a new attempt. */
export const ExecutionQueued = event({
  name: 'executions.queued',
  topic: Events.name,
  about: 'A run was accepted, or waits again for its next attempt.',
  key: 'executionId',
  payload: about,
})

export const ExecutionScheduled = event({
  name: 'executions.scheduled',
  topic: Events.name,
  about: 'A run holds a slot and goes to the workers.',
  key: 'executionId',
  payload: about,
})

export const ExecutionStarted = event({
  name: 'executions.started',
  topic: Events.name,
  about: 'A worker has begun an attempt.',
  key: 'executionId',
  payload: { ...about, node: { type: 'string' } },
})

export const ExecutionEnded = event({
  name: 'executions.ended',
  topic: Events.name,
  about: 'A run has reached its one final state; its slot is free.',
  key: 'executionId',
  payload: {
    ...about,
    cause: { type: 'enum', values: CAUSES },
    exitCode: { type: 'number', integer: true, nullable: true },
    wallMs: { type: 'number' },
  },
})

export const ExecutionDeleted = event({
  name: 'executions.deleted',
  topic: Events.name,
  about: 'An ended run was deleted; what it left may go.',
  key: 'executionId',
  payload: about,
})

/** News that a run has changed, for those who watch it now. Missing it costs time, never truth. */
export const ExecutionChanged = signal({
  name: 'executions.changed',
  about: 'A run has entered another state.',
  payload: {
    executionId: { type: 'string' },
    rev: { type: 'number', integer: true },
    state: { type: 'enum', values: STATES },
    user: { type: 'string' },
    priority: { type: 'enum', values: PRIORITIES },
    createdAt: { type: 'string' },
  },
})

/** The worker that is kept for it can get ready meanwhile. Nothing of the program may run before its job has come. */
export const ExecutionExpected = signal({
  name: 'executions.expected',
  about:
    'A run is about to be written as running on a worker of this process; what that will do. Said within the process only.',
  payload: { executionId: { type: 'string' }, order: { type: 'object', props: order } },
})

/** The worker that runs this attempt kills it. */
export const CancelRequested = signal({
  name: 'executions.cancel-requested',
  about: 'Somebody has cancelled a running attempt.',
  payload: { executionId: { type: 'string' } },
})

/** More bytes wait in the input stream of an interactive run. */
export const StdinAppended = signal({
  name: 'executions.stdin-appended',
  about: 'The input of an interactive run has grown or was closed.',
  payload: { executionId: { type: 'string' } },
})
