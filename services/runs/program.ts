import type { Result } from '../../mixins/contract/contract.ts'
import type { Program } from '../../mixins/executor/executor.ts'
import type { Settings } from '../../mixins/settings.ts'
import { bytesOf } from '../executions/executions.bytes.ts'
import type { executions } from '../executions/executions.contract.ts'

/** What a worker is told of one attempt. */
export type Order = Result<typeof executions.start>

/** The program of an attempt, for the executor; null where this worker does not have its language. */
export const programOf = (
  { offers, artifacts: most }: Pick<Settings, 'offers' | 'artifacts'>,
  executionId: string,
  { attempt, language, version, submission, limits }: Order,
): Program | null => {
  const offer = offers.find((one) => one.language === language && one.version === version)
  if (!offer) return null
  const files = (submission.files ?? []).map((file) => ({ path: file.path, bytes: bytesOf(file) }))
  const { args = [], env = {}, entry = offer.fileName } = submission
  const artifacts = submission.artifacts && { artifacts: { ...submission.artifacts, ...most } }
  return { id: `${executionId}-${attempt}`, runtime: offer.runtime, files, entry, args, env, limits, ...artifacts }
}
