import { fact } from '../../mixins/contract/contract.ts'
import type { Limits } from '../../mixins/executor/executor.ts'
import { begin } from '../../mixins/saga/saga.ts'
import type { Decision } from '../../mixins/store/decision.ts'
import { shortOf } from '../../mixins/store/short-id.ts'
import type { Priority } from './execution.schema.ts'
import { type Execution, giveSlot, giveWorker, news, type Plan } from './execution.ts'
import type { ExecutionView } from './executions.contract.ts'
import { ExecutionQueued } from './executions.events.ts'

/** A submission that was found good, with every choice made. */
export type Accepted = {
  id: string
  user: string
  dedupe: string
  fingerprint: string
  language: string
  version: string
  limits: Limits
  priority: Priority
  labels: Record<string, string>
  interactive: boolean
  retries: number
  retryOf: string | null
  request?: string
  trace?: string
  artifacts: ExecutionView['artifacts']
}

/** A new run: it waits for a slot. */
export const accept = (plan: Plan, accepted: Accepted, now: number): Decision<Execution> => {
  const createdAt = new Date(now).toISOString()
  const { id } = accepted
  const bare: Execution = {
    ...accepted,
    rev: 1,
    short: shortOf(id),
    state: 'queued',
    cause: null,
    exitCode: null,
    signal: null,
    attempt: 1,
    createdAt,
    startedAt: null,
    finishedAt: null,
    outputBytes: { stdout: 0, stderr: 0 },
    truncated: { stdout: false, stderr: false },
    usage: null,
    exceeded: null,
    message: 'Waiting for a free slot.',
    artifactsNote: null,
    timeline: [{ at: createdAt, event: 'queued', node: null, attempt: 1 }],
    cancelRequested: false,
    stdinClosed: !accepted.interactive,
    startedBy: null,
    saga: { step: null, direction: 'forward', due: 0, tries: 0 },
  }
  const state = { ...bare, saga: begin(plan, bare, now) }
  return { state, facts: [fact(ExecutionQueued, news(state, now), state.trace)] }
}

/** A new run that has its slot already: what would be two changes is one write, which tells of both. */
export const acceptWithSlot = (plan: Plan, accepted: Accepted, now: number): Decision<Execution> => {
  const queued = accept(plan, accepted, now)
  const { state, facts } = giveSlot(plan, { ...queued.state, rev: queued.state.rev + 1 }, now)
  return { state, facts: [...queued.facts, ...facts] }
}

/** A new run that a worker is kept for: written as running there, so that it begins with that. */
export const acceptStarted = (plan: Plan, accepted: Accepted, node: string, now: number): Decision<Execution> => {
  const { state, facts } = acceptWithSlot(plan, accepted, now)
  const started = giveWorker(plan, { ...state, rev: state.rev + 1 }, { node, delivery: 1 }, now)
  return { state: started.state, facts: [...facts, ...started.facts] }
}
