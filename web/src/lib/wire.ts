import type { InferProps } from '../../../mixins/contract/schema.ts'
import type { ownDoors } from '../../../services/api/doors.ts'
import type {
  ExecutionSummary,
  ExecutionView,
  Submission as SubmissionContract,
} from '../../../services/executions/executions.contract.ts'
import type { offer } from '../../../services/runs/runs.events.ts'

/** A run as lists tell it. */
export type ExecutionItem = ExecutionSummary
/** A run as the API tells it in full. */
export type Execution = ExecutionView
/** What a run is made from: the body of a submission. */
export type Submission = SubmissionContract
export type SourceFile = NonNullable<Submission['files']>[number]
/** Where a run stands; the last four are the end. */
export type State = ExecutionView['state']
export type Limits = ExecutionView['limits']
export type Hop = ExecutionView['timeline'][number]
export type Stream = 'stdout' | 'stderr'

/** A language version that can be run here; `limits` by default, `maxima` at most. */
export type Runtime = InferProps<typeof offer>
/** A program to begin with. */
export type Example = InferProps<(typeof ownDoors)['examples']['returns']['items']['props']>

/** What the page asks of the server's health. */
export type Health = { isolation: { trustedOnly: boolean } }

/** A refusal in the API's own words. */
export type ProblemBody = {
  type: string
  title: string
  status: number
  detail?: string
  errors?: { field: string; message: string }[]
  requestId?: string
}

const ENDED: readonly State[] = ['succeeded', 'failed', 'timed_out', 'cancelled']

/** Whether a run has reached its one terminal state. */
export const isOver = (state: State): boolean => ENDED.includes(state)
