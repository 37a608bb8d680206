import type { ExecutionSummary, ExecutionView, Submission } from '../services/executions/executions.contract.ts'

export type Execution = ExecutionView
export type Summary = ExecutionSummary
export type { Submission }

export type Runtime = {
  language: string
  version: string
  aliases: string[]
  fileName: string
  compiled: boolean
  warm: boolean
}

export type Stream = 'stdout' | 'stderr'

/** What GET /executions/:id/stream tells, in order. */
export type LiveEvent =
  | { event: 'state'; state: string; attempt: number; name: string }
  | { event: 'output'; stream: Stream; offset: number; bytes: Buffer }
  | { event: 'end'; execution: Execution }
