import type { Result } from '../../mixins/contract/contract.ts'
import type { Execution } from './execution.ts'
import type { executions } from './executions.contract.ts'
import { artifactsKey, inputKey, outputKey } from './executions.streams.ts'
import type { Program } from './submission.ts'

/** What a worker is told of the present attempt. */
export const orderOf = (state: Execution, submission: Program): Result<typeof executions.start> => {
  const { id, attempt, language, version, limits, interactive } = state
  const keys = { output: outputKey(id, attempt), input: inputKey(id), artifacts: artifactsKey(id, attempt) }
  return { attempt, language, version, limits, interactive, submission, ...keys }
}
