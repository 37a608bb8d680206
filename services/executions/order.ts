import type { ServiceBroker } from 'moleculer'
import { type Result, whisper } from '../../mixins/contract/contract.ts'
import type { Execution } from './execution.ts'
import type { executions } from './executions.contract.ts'
import { ExecutionExpected } from './executions.events.ts'
import { artifactsKey, inputKey, outputKey } from './executions.streams.ts'
import type { Program } from './submission.ts'

/** What a worker is told of the present attempt. */
export const orderOf = (state: Execution, submission: Program): Result<typeof executions.start> => {
  const { id, attempt, language, version, limits, interactive } = state
  const keys = { output: outputKey(id, attempt), input: inputKey(id), artifacts: artifactsKey(id, attempt) }
  return { attempt, language, version, limits, interactive, submission, ...keys }
}

/**
 * Tells the worker of this process that is kept for a run of which it is, while that is written as running there. It begins
 * when it has the job, without asking.
 */
export const tellWorkers = (broker: ServiceBroker, state: Execution, submission: Program): void => {
  whisper(broker, ExecutionExpected, { executionId: state.id, order: orderOf(state, submission) })
}
