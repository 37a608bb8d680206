import { contract } from '../../mixins/contract/contract.ts'
import { LEFT_OUT } from '../../mixins/executor/executor.ts'
import { artifact, effectiveLimits, executionView, STATES } from '../executions/execution.schema.ts'

const text = { type: 'string', optional: true } as const
const whole = { type: 'number', integer: true } as const

/** What the results actor, who turns what a worker saw into what people are told, can be asked. */
export const results = contract('results', {
  record: {
    about: 'Normalises the outcome of an attempt and stores it; refused when the attempt is no longer the current one.',
    params: {
      $$strict: true,
      id: { type: 'string' },
      attempt: { type: 'number', integer: true, min: 1 },
      limits: { type: 'object', props: effectiveLimits },
      outcome: {
        type: 'object',
        props: {
          ending: {
            type: 'object',
            props: {
              cause: { type: 'enum', values: executionView.cause.values },
              exitCode: { type: 'number', optional: true },
              signal: text,
              message: text,
              observed: { type: 'number', optional: true },
            },
          },
          exitCode: { type: 'number', nullable: true },
          signal: { type: 'string', nullable: true },
          usage: { type: 'object', props: executionView.usage.props },
          truncated: executionView.truncated,
          artifacts: {
            type: 'object',
            optional: true,
            props: {
              files: { type: 'array', items: { type: 'object', props: artifact } },
              leftOut: {
                type: 'array',
                items: { type: 'object', props: { path: { type: 'string' }, why: { type: 'enum', values: LEFT_OUT } } },
              },
              more: whole,
            },
          },
        },
      },
      outputBytes: { type: 'object', props: { stdout: whole, stderr: whole } },
    },
    returns: { state: { type: 'enum', values: STATES } },
    refuses: ['EXECUTION_NOT_FOUND', 'STALE_ATTEMPT'],
  },
})
