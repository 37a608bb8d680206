import { contract } from '../../mixins/contract/contract.ts'
import { PRIORITIES } from '../executions/execution.schema.ts'
import { offer } from '../runs/runs.events.ts'

const count = { type: 'number', integer: true } as const

/** What the coordinator, who decides which run goes next, can be asked. */
export const coordinator = contract('coordinator', {
  runtimes: {
    about: 'The language versions that the connected workers offer.',
    rest: { method: 'GET', path: '/runtimes', status: 200 },
    params: { $$strict: true },
    returns: { $$root: true, type: 'array', items: { type: 'object', props: offer } },
  },
  admit: {
    about:
      'Keeps a place for a run that is about to be accepted: a slot where one is free, else one in the line. Finds the newest version of its language that fits.',
    params: {
      $$strict: true,
      id: { type: 'string' },
      user: { type: 'string' },
      priority: { type: 'enum', values: PRIORITIES },
      language: { type: 'string' },
      version: { type: 'string', optional: true },
    },
    returns: { hasSlot: { type: 'boolean' }, offer: { type: 'object', props: offer } },
    refuses: ['UNKNOWN_LANGUAGE', 'NO_WORKER', 'QUEUE_FULL'],
  },
  dismiss: {
    about: 'Gives back the place of a run that was not accepted after all.',
    params: { $$strict: true, id: { type: 'string' } },
  },
  explain: {
    about: 'Why a run waits, in one sentence, and how many are before it.',
    params: { $$strict: true, id: { type: 'string' } },
    returns: { position: count, reason: { type: 'string' } },
  },
  queue: {
    about: 'The line as it stands.',
    params: { $$strict: true, limit: { type: 'number', integer: true, min: 1, max: 1000, optional: true } },
    returns: {
      waiting: {
        type: 'array',
        items: {
          type: 'object',
          props: {
            id: { type: 'string' },
            priority: { type: 'enum', values: PRIORITIES },
            user: { type: 'string' },
            waitingMs: count,
            position: count,
            reason: { type: 'string' },
          },
        },
      },
      length: count,
      running: count,
      slots: count,
      limit: count,
    },
  },
  workers: {
    about: 'The connected workers with their slots.',
    params: { $$strict: true },
    returns: {
      items: {
        type: 'array',
        items: {
          type: 'object',
          props: {
            node: { type: 'string' },
            slots: count,
            busy: count,
            draining: { type: 'boolean' },
            trusted: { type: 'boolean' },
          },
        },
      },
    },
  },
})
