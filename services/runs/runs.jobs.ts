import { job } from '../../mixins/contract/contract.ts'

/** Name of the queue that holds the work of the runs actor. */
export const RUNS_QUEUE = 'runs'

export const StartRun = job({
  name: 'runs.start',
  about: 'Run one attempt of an execution. Only a hint: the execution itself says whether it is still to be run.',
  payload: {
    executionId: { type: 'string' },
    attempt: { type: 'number', integer: true },
    /** A worker that left has killed this attempt, and found nobody whom it could tell. */
    handedBack: { type: 'boolean', optional: true },
  },
})

/** Identity of the job of one attempt, so that hinting twice is harmless. */
export const startRunId = (executionId: string, attempt: number): string => `${executionId}:${attempt}`
