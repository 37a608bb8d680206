import { contract } from '../../mixins/contract/contract.ts'
import type { InferProps } from '../../mixins/contract/schema.ts'
import { artifact, executionSummary, executionView, order, PRIORITIES, STATES, submission } from './execution.schema.ts'

export type Submission = InferProps<typeof submission>
export type ExecutionSummary = InferProps<typeof executionSummary>
export type ExecutionView = InferProps<typeof executionView>

const byId = { $$strict: true, id: { type: 'string', min: 1, max: 64 } } as const
const attempt = { type: 'number', integer: true, min: 1 } as const
// Repeated, these would make a second run, or send the same bytes again.
const once = { retryPolicy: { enabled: false } } as const

/** What the executions actor can be asked. Those with a door are the public API. */
export const executions = contract('executions', {
  submit: {
    ...once,
    about: 'Accepts a program; from the answer on the run cannot be lost.',
    rest: { method: 'POST', path: '/executions', status: 202 },
    params: submission,
    returns: executionView,
    refuses: ['UNKNOWN_LANGUAGE', 'IDEMPOTENCY_CONFLICT', 'QUEUE_FULL', 'NO_WORKER', 'STORE_UNAVAILABLE'],
  },
  list: {
    about: 'Runs, the newest first, without their output.',
    rest: { method: 'GET', path: '/executions', status: 200 },
    params: {
      $$strict: true,
      state: { type: 'string', optional: true },
      language: { type: 'string', optional: true },
      label: { type: 'string', optional: true },
      since: { type: 'string', optional: true },
      until: { type: 'string', optional: true },
      cursor: { type: 'string', optional: true },
      limit: { type: 'number', integer: true, min: 1, max: 200, convert: true, optional: true },
    },
    returns: {
      items: { type: 'array', items: { type: 'object', props: executionSummary } },
      next: { type: 'string', nullable: true },
    },
  },
  get: {
    about: 'One run: its state, the exact cause of its end, a preview of its output, and why it waits.',
    rest: { method: 'GET', path: '/executions/:id', status: 200 },
    params: byId,
    returns: executionView,
    refuses: ['EXECUTION_NOT_FOUND'],
  },
  program: {
    about: 'What was submitted, to open or run it again.',
    rest: { method: 'GET', path: '/executions/:id/program', status: 200 },
    params: byId,
    returns: submission,
    refuses: ['EXECUTION_NOT_FOUND'],
  },
  cancel: {
    about: 'Ends a run; it is `cancelled` within a second and nothing of it stays alive.',
    rest: { method: 'POST', path: '/executions/:id/cancel', status: 202 },
    params: byId,
    returns: executionView,
    refuses: ['EXECUTION_NOT_FOUND', 'EXECUTION_ENDED'],
  },
  retry: {
    ...once,
    about: 'Submits the program of an ended run again, as a new run linked by `retryOf`.',
    rest: { method: 'POST', path: '/executions/:id/retry', status: 202 },
    params: byId,
    returns: executionView,
    refuses: ['EXECUTION_NOT_FOUND', 'EXECUTION_NOT_ENDED', 'IDEMPOTENCY_CONFLICT', 'QUEUE_FULL', 'NO_WORKER'],
  },
  remove: {
    about: 'Deletes an ended run and its output.',
    rest: { method: 'DELETE', path: '/executions/:id', status: 204 },
    params: byId,
    refuses: ['EXECUTION_NOT_FOUND', 'EXECUTION_NOT_ENDED'],
  },
  stdin: {
    ...once,
    about: 'Sends bytes to the standard input of an interactive run, or closes it.',
    rest: { method: 'POST', path: '/executions/:id/stdin', status: 202 },
    params: {
      ...byId,
      content: { type: 'string', max: 1_048_576, optional: true },
      encoding: { type: 'enum', values: ['utf8', 'base64'], optional: true },
      close: { type: 'boolean', optional: true },
    },
    returns: { acceptedBytes: { type: 'number', integer: true } },
    refuses: ['EXECUTION_NOT_FOUND', 'EXECUTION_ENDED', 'STDIN_CLOSED'],
  },
  locate: {
    about: 'Where the output of a run is kept, and whether more will come.',
    params: byId,
    returns: {
      id: { type: 'string' },
      attempt,
      state: executionView.state,
      ended: { type: 'boolean' },
      output: { type: 'string' },
      timeline: executionView.timeline,
      cancelRequested: { type: 'boolean' },
    },
    refuses: ['EXECUTION_NOT_FOUND'],
  },
  artifact: {
    about: 'Where one file that a run has handed out is kept.',
    params: { ...byId, path: { type: 'string' } },
    returns: { key: { type: 'string' }, ...artifact },
    refuses: ['EXECUTION_NOT_FOUND', 'ARTIFACT_NOT_FOUND'],
  },
  schedule: {
    about: 'The coordinator has reserved a slot: a run that waits goes to the workers; any other stays what it is.',
    params: byId,
    returns: { state: executionView.state },
    refuses: ['EXECUTION_NOT_FOUND'],
  },
  start: {
    about:
      'A worker has taken the run under a lease and asks for the program; `delivery` counts how often it was handed out.',
    params: { ...byId, attempt, node: { type: 'string' }, delivery: { type: 'number', integer: true, min: 1 } },
    returns: order,
    refuses: ['EXECUTION_NOT_FOUND', 'NOT_RUNNABLE'],
  },
  finish: {
    about: 'A worker reports the end of its attempt; refused when the attempt is no longer the current one.',
    params: {
      ...byId,
      attempt,
      exitCode: executionView.exitCode,
      signal: executionView.signal,
      cause: { type: 'enum', values: executionView.cause.values },
      usage: executionView.usage,
      outputBytes: executionView.outputBytes,
      truncated: executionView.truncated,
      exceeded: executionView.exceeded,
      message: { type: 'string' },
      artifacts: { ...executionView.artifacts, optional: true },
      artifactsNote: { ...executionView.artifactsNote, optional: true },
    },
    returns: { state: { type: 'enum', values: STATES } },
    refuses: ['EXECUTION_NOT_FOUND', 'STALE_ATTEMPT'],
  },
  handBack: {
    about:
      'A worker gives a run back: it drains, and the run starts again elsewhere as a new attempt; or its lease was `lost`, and the policy decides.',
    params: { ...byId, attempt, lost: { type: 'boolean', optional: true } },
    returns: { state: { type: 'enum', values: STATES } },
    refuses: ['EXECUTION_NOT_FOUND', 'STALE_ATTEMPT'],
  },
  census: {
    about: 'Runs in one state, page by page, as the coordinator needs them to rebuild its line.',
    params: {
      $$strict: true,
      state: { type: 'enum', values: ['queued', 'scheduled', 'running'] },
      after: { type: 'string', max: 64, optional: true },
    },
    returns: {
      next: { type: 'string', nullable: true },
      items: {
        type: 'array',
        items: {
          type: 'object',
          props: {
            id: { type: 'string' },
            rev: { type: 'number' },
            state: { type: 'enum', values: STATES },
            user: { type: 'string' },
            priority: { type: 'enum', values: PRIORITIES },
            createdAt: { type: 'string' },
          },
        },
      },
    },
  },
})
