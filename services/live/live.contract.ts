import { contract } from '../../mixins/contract/contract.ts'
import { STATES } from '../executions/execution.schema.ts'

const waitMs = { type: 'number', integer: true, min: 0, max: 4000 } as const

/** What the live actor, who follows runs for those who watch, can be asked. Its calls are short; watchers ask again. */
export const live = contract('live', {
  read: {
    about: 'What has happened to a run after a cursor: states and output in order, each once. Waits a little for news.',
    params: {
      $$strict: true,
      id: { type: 'string', min: 1, max: 64 },
      cursor: { type: 'string', max: 64, optional: true },
      waitMs,
    },
    returns: {
      events: {
        type: 'array',
        items: {
          type: 'object',
          props: {
            id: { type: 'string' },
            event: { type: 'enum', values: ['state', 'output', 'end'] },
            data: { type: 'object' },
          },
        },
      },
      ended: { type: 'boolean' },
    },
    refuses: ['EXECUTION_NOT_FOUND', 'BAD_CURSOR'],
  },
  settled: {
    about:
      'Whether a run has ended; waits a little for its end. `alive` says that the caller has just seen it going on.',
    params: { $$strict: true, id: { type: 'string' }, waitMs, alive: { type: 'boolean', optional: true } },
    returns: { ended: { type: 'boolean' }, state: { type: 'enum', values: STATES } },
    refuses: ['EXECUTION_NOT_FOUND'],
  },
})
