import type { ActionSpec, Door } from '../../mixins/contract/contract.ts'
import type { Schema } from '../../mixins/contract/schema.ts'
import { coordinator } from '../coordinator/coordinator.contract.ts'
import { deadletters } from '../deadletters/deadletters.contract.ts'
import { executions } from '../executions/executions.contract.ts'
import { replays } from '../replays/replays.contract.ts'

/** Root of the versioned API. */
export const BASE = '/api/v1'

export type PublicAction = ActionSpec & { name: string; rest: Door }

/** Actions that HTTP opens a door into. */
export const publicActions: PublicAction[] = [executions, coordinator, deadletters, replays]
  .flatMap((contract) => Object.values(contract) as (ActionSpec & { name: string })[])
  .filter((action): action is PublicAction => action.rest !== undefined)

/** A door that is no plain call: bytes, streams, pages. */
export type OwnDoor = Door & {
  about: string
  /** Query parameters, as the documentation shows them. */
  query?: Schema
  headers?: Record<string, string>
  produces: string
  returns?: Schema
  refuses?: readonly string[]
}

const example = {
  $$root: true,
  type: 'array',
  items: {
    type: 'object',
    props: {
      language: { type: 'string' },
      title: { type: 'string' },
      files: {
        type: 'array',
        items: { type: 'object', props: { path: { type: 'string' }, content: { type: 'string' } } },
      },
      stdin: { type: 'string' },
      args: { type: 'array', items: { type: 'string' } },
    },
  },
} as const

/** Doors under the base that the gateway keeps itself. */
export const ownDoors = {
  output: {
    method: 'GET',
    path: '/executions/:id/output',
    status: 200,
    about: 'The exact bytes that a run has written to one stream; Range is honoured.',
    query: { stream: { type: 'enum', values: ['stdout', 'stderr'], optional: true } },
    produces: 'application/octet-stream',
    refuses: ['EXECUTION_NOT_FOUND', 'RANGE_NOT_SATISFIABLE'],
  },
  artifact: {
    method: 'GET',
    path: '/executions/:id/artifacts/*path',
    status: 200,
    about:
      'The exact bytes of one file that a run has handed out, by its path in the declared folder; Range is honoured.',
    produces: 'application/octet-stream',
    refuses: ['EXECUTION_NOT_FOUND', 'ARTIFACT_NOT_FOUND', 'RANGE_NOT_SATISFIABLE'],
  },
  stream: {
    method: 'GET',
    path: '/executions/:id/stream',
    status: 200,
    about:
      'Server-sent events: `state`, `output`, and `end` with the run, then the server closes. Every event has an `id`; ' +
      'with Last-Event-ID a reader goes on where it was, losing and repeating nothing.',
    query: { lastEventId: { type: 'string', optional: true } },
    headers: { 'Last-Event-ID': 'The id of the last event that was read.' },
    produces: 'text/event-stream',
    refuses: ['EXECUTION_NOT_FOUND', 'BAD_CURSOR'],
  },
  examples: {
    method: 'GET',
    path: '/examples',
    status: 200,
    about: 'Example programs of every language.',
    produces: 'application/json',
    returns: example,
  },
  openapi: {
    method: 'GET',
    path: '/openapi.json',
    status: 200,
    about: 'This document.',
    produces: 'application/json',
  },
  asyncapi: {
    method: 'GET',
    path: '/asyncapi.json',
    status: 200,
    about: 'The durable topics that other systems may read and write, as an AsyncAPI 3 document.',
    produces: 'application/json',
  },
} as const satisfies Record<string, OwnDoor>
