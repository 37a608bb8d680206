import { signal } from '../../mixins/contract/contract.ts'
import { effectiveLimits } from '../executions/execution.schema.ts'

/** A language version that a worker offers, with the limits a run gets by default and may ask for at the most. */
export const offer = {
  language: { type: 'string' },
  title: { type: 'string' },
  version: { type: 'string' },
  aliases: { type: 'array', items: { type: 'string' } },
  fileName: { type: 'string' },
  compiled: { type: 'boolean' },
  warm: { type: 'boolean' },
  limits: { type: 'object', props: effectiveLimits },
  maxima: { type: 'object', props: effectiveLimits },
} as const

export const WorkerReported = signal({
  name: 'runs.worker-reported',
  about: 'A worker is there: its slots and the languages it offers. Repeated every few seconds while it lives.',
  payload: {
    node: { type: 'string' },
    slots: { type: 'number', integer: true },
    busy: { type: 'number', integer: true },
    draining: { type: 'boolean' },
    trusted: { type: 'boolean' },
    offers: { type: 'array', items: { type: 'object', props: offer } },
  },
})

export const OutputAppended = signal({
  name: 'runs.output-appended',
  about: 'More output of a run can be read.',
  payload: { executionId: { type: 'string' } },
})
