import { type Fact, fact, type Params } from '../../mixins/contract/contract.ts'
import { abort, enter, type SagaPlan, type SagaState, settle } from '../../mixins/saga/saga.ts'
import type { Decision } from '../../mixins/store/decision.ts'
import type { Document } from '../../mixins/store/documents.ts'
import { FINAL_STATES, PRIORITIES, type Priority, type State } from './execution.schema.ts'
import type { ExecutionSummary, ExecutionView, executions } from './executions.contract.ts'
import { ExecutionHasEnded, ExecutionHasNotEnded, NotRunnable, StaleAttempt } from './executions.errors.ts'
import * as events from './executions.events.ts'

/** A run, from the moment it is accepted to the record of how it ended. */
export type Execution = Document &
  ExecutionSummary & {
    user: string
    /** What makes a repeated submission the same: the idempotency key within its user, or the id itself. */
    dedupe: string
    /** Digest of the request that came with the idempotency key. */
    fingerprint: string
    /** The last characters of the id, for people. */
    short: string
    retries: number
    cancelRequested: boolean
    stdinClosed: boolean
    /** Which node has started the present attempt, and upon which delivery of its job. */
    startedBy: string | null
    /** The id of the message that asked for it, where one did. */
    request?: string
    /** What the submission was a part of; every fact of the run is a part of it too. */
    trace?: string
    /** What the attempt that ended has handed out; null where that was not asked for. */
    artifacts: ExecutionView['artifacts']
    /** What was left out of it, in a sentence. */
    artifactsNote: string | null
    saga: SagaState
  }

export type Plan = SagaPlan<Execution>
export type Report = Params<typeof executions.finish>

export const isFinal = (state: State): boolean => (FINAL_STATES as readonly string[]).includes(state)

/** The coordinator has reserved a slot; null when the run no longer waits for one. */
export const schedule = (plan: Plan, execution: Execution, now: number): Decision<Execution> | null =>
  execution.state === 'queued' ? giveSlot(plan, execution, now) : null

/** A run that waits has a slot and goes to the workers. */
export const giveSlot = (plan: Plan, execution: Execution, now: number): Decision<Execution> => {
  const state = moved(execution, { state: 'scheduled', message: 'Handed to the workers.' }, now)
  state.saga = settle(plan, execution.saga, state, now)
  return { state, facts: [fact(events.ExecutionScheduled, news(state, now), state.trace)] }
}

/** Which node has a run, and upon which delivery of its job. */
type Worker = { node: string; delivery: number }

const startedByOf = ({ node, delivery }: Worker) => `${node} ${delivery}`

/**
 * A worker takes the run. A second delivery of an attempt that already runs means that its worker is gone: the run gets
 * another attempt where its policy allows one, and ends with cause `infrastructure` otherwise. Null when the same
 * delivery has started it already: the worker that asks again has not heard the answer.
 */
export const start = (
  plan: Plan,
  execution: Execution,
  by: Worker & { attempt: number },
  now: number,
): Decision<Execution> | null => {
  const isRunning = execution.state === 'running' && execution.attempt === by.attempt
  if (isRunning && execution.startedBy === startedByOf(by)) return null
  if (isRunning && by.delivery > 1) {
    return lose(plan, execution, 'The worker that ran it was lost.', now)
  }
  if (execution.state !== 'scheduled' || execution.attempt !== by.attempt)
    throw new NotRunnable(execution.id, execution.state)
  return giveWorker(plan, execution, by, now)
}

/** A run that holds a slot is on a worker. */
export const giveWorker = (plan: Plan, execution: Execution, by: Worker, now: number): Decision<Execution> => {
  const startedAt = new Date(now).toISOString()
  const startedBy = startedByOf(by)
  const state = moved(execution, { state: 'running', startedAt, startedBy, message: 'Running.' }, now, by.node)
  state.saga = settle(plan, execution.saga, state, now)
  return { state, facts: [fact(events.ExecutionStarted, { ...news(state, now), node: by.node }, state.trace)] }
}

/** The attempt cannot be finished by anybody any more. */
export const lose = (plan: Plan, execution: Execution, why: string, now: number): Decision<Execution> => {
  if (execution.cancelRequested) return end(plan, execution, { cause: 'cancelled', message: 'Cancelled.' }, now)
  if (execution.retries > 0)
    return requeue(plan, { ...execution, retries: execution.retries - 1 }, `attempt ${execution.attempt} lost`, now)
  const message = `Greenroom failed, not the program: ${why} Retry it, or allow retries when submitting.`
  return end(plan, execution, { cause: 'infrastructure', message }, now)
}

const requeue = (plan: Plan, execution: Execution, word: string, now: number): Decision<Execution> => {
  const lost = { at: new Date(now).toISOString(), event: word, node: nodeOf(execution), attempt: execution.attempt }
  const fresh = {
    ...execution,
    attempt: execution.attempt + 1,
    timeline: [...execution.timeline, lost],
    startedAt: null,
  }
  const state = moved(fresh, { state: 'queued', message: 'Waiting for a free slot, again.' }, now)
  state.saga = enter(plan, 'reserve', state, now)
  return { state, facts: [fact(events.ExecutionQueued, news(state, now), state.trace)] }
}

/**
 * A worker gives the run back. It leaves: then the run starts again as another attempt, whatever its policy, unless it was
 * being cancelled. Its lease was lost: then this is stale where another has the run, and else nobody would ever tell.
 */
export const handBack = (
  plan: Plan,
  execution: Execution,
  { attempt, lost = false }: { attempt: number; lost?: boolean | undefined },
  now: number,
): Decision<Execution> => {
  refuseStale(execution, attempt)
  if (lost) return lose(plan, execution, 'The worker that ran it lost its lease.', now)
  if (execution.cancelRequested) return end(plan, execution, { cause: 'cancelled', message: 'Cancelled.' }, now)
  return requeue(plan, execution, 'handed back', now)
}

/** The attempt is over. Reporting the same end twice changes nothing. */
export const finish = (plan: Plan, execution: Execution, report: Report, now: number): Decision<Execution> | null => {
  if (isFinal(execution.state) && execution.attempt === report.attempt) return null
  refuseStale(execution, report.attempt)
  const { id: _, attempt: __, artifacts, ...rest } = report
  const facts = { ...rest, artifacts: artifacts ?? execution.artifacts, artifactsNote: report.artifactsNote ?? null }
  if (execution.cancelRequested) return end(plan, execution, { ...facts, ...asCancelled }, now)
  if (report.cause === 'infrastructure' && execution.retries > 0) return lose(plan, execution, report.message, now)
  return end(plan, execution, facts, now)
}

const asCancelled = { cause: 'cancelled', exceeded: null, message: 'Cancelled.' } as const

const refuseStale = ({ id, state, attempt: current }: Execution, attempt: number) => {
  if (state !== 'running' || attempt !== current) throw new StaleAttempt(id, attempt, current)
}

/** Cancels: at once where nothing runs yet, else by asking the worker. Null when that was asked before. */
export const cancel = (plan: Plan, execution: Execution, now: number): Decision<Execution> | null => {
  if (isFinal(execution.state)) throw new ExecutionHasEnded(execution.id, execution.state)
  if (execution.cancelRequested) return null
  if (execution.state === 'running') {
    const asked = { at: new Date(now).toISOString(), event: 'cancelling', node: null, attempt: execution.attempt }
    const timeline = [...execution.timeline, asked]
    return { state: { ...execution, cancelRequested: true, timeline, message: 'Being cancelled.' }, facts: [] }
  }
  const decision = end(plan, execution, { cause: 'cancelled', message: 'Cancelled before it started.' }, now)
  return { ...decision, state: { ...decision.state, saga: abort(plan, execution.saga, decision.state, now) } }
}

/** Throws ExecutionHasNotEnded: only what is over may be deleted, or run again. */
export const mustHaveEnded = ({ id, state }: Execution): void => {
  if (!isFinal(state)) throw new ExecutionHasNotEnded(id, state)
}

/** Only ended runs may be deleted. */
export const remove = (execution: Execution, now: number): Fact[] => {
  mustHaveEnded(execution)
  return [fact(events.ExecutionDeleted, news(execution, now), execution.trace)]
}

type End = Pick<Execution, 'cause' | 'message'> & Partial<Execution>

const end = (plan: Plan, execution: Execution, how: End, now: number): Decision<Execution> => {
  const cause = how.cause ?? 'infrastructure'
  const finishedAt = new Date(now).toISOString()
  const state = moved(execution, { ...how, state: finalState(cause, how.exitCode ?? null), finishedAt }, now)
  state.stdinClosed = true
  state.saga = execution.saga.step ? enter(plan, 'release', state, now) : execution.saga
  const { exitCode, usage } = state
  const ended = { ...news(state, now), cause, exitCode, wallMs: usage?.wallMs ?? 0 }
  return { state, facts: [fact(events.ExecutionEnded, ended, state.trace)] }
}

const finalState = (cause: string, exitCode: number | null): State => {
  if (cause === 'cancelled') return 'cancelled'
  if (cause === 'wall_timeout' || cause === 'cpu_timeout') return 'timed_out'
  return cause === 'exit' && exitCode === 0 ? 'succeeded' : 'failed'
}

const moved = (execution: Execution, change: Partial<Execution>, now: number, node?: string): Execution => {
  const state = { ...execution, ...change }
  const hop = { at: new Date(now).toISOString(), event: state.state, node: node ?? null, attempt: state.attempt }
  const here = isFinal(state.state) ? nodeOf(execution) : hop.node
  return { ...state, timeline: [...state.timeline, { ...hop, node: here }] }
}

/** The node that runs, or last ran, the present attempt. */
export const nodeOf = (execution: Execution): string | null =>
  execution.timeline.findLast((hop) => hop.event === 'running' && hop.attempt === execution.attempt)?.node ?? null

/** What others are told with every change. `rev` is the revision that the change will have. */
export const news = (execution: Execution, now: number) => ({
  executionId: execution.id,
  rev: execution.rev,
  at: new Date(now).toISOString(),
  state: execution.state,
  attempt: execution.attempt,
  user: execution.user,
  language: execution.language,
  priority: execution.priority,
  createdAt: execution.createdAt,
  ...(execution.request !== undefined && { request: execution.request }),
})

export const rankOf = (priority: Priority): number => PRIORITIES.indexOf(priority)
