import type { Decision } from '../store/decision.ts'

/**
 * Where a document stands in its saga. It is part of the document, so that a step's outcome and what it changed are
 * one write. `due` (epoch ms) is when somebody must look again; a saga at rest is never due.
 */
export type SagaState = { step: string | null; direction: 'forward' | 'back'; due: number; tries: number }

export type SagaStep<S> = {
  name: string
  /** The effect; must be safe to repeat, since a crash may come before its outcome is stored. */
  perform?: (state: S) => Promise<void>
  /** Gives back what the step took; runs when a later step is given up. Safe to repeat, too. */
  compensate?: (state: S) => Promise<void>
  /** `effect`: the step is over when its effect has resolved. `news`: when somebody calls `settle`. */
  settles: 'effect' | 'news'
  /**
   * How long the step may take before it is looked at again. Left out of a step whose effect only tells sooner what the
   * facts say that are written with it: nothing is lost with it, so that nobody looks again.
   */
  patienceMs?: (state: S) => number
  /** What becomes of a state whose step has not settled in time; without it the effect is repeated. */
  overdue?: (state: S, now: number) => Decision<S>
}

export type SagaPlan<S> = readonly SagaStep<S>[]

const NEVER = Number.MAX_SAFE_INTEGER
const MAX_BACK_OFF = 6

/** A saga that has nothing left to do. */
export const atRest: SagaState = { step: null, direction: 'forward', due: NEVER, tries: 0 }

export const stepOf = <S>(plan: SagaPlan<S>, saga: SagaState): SagaStep<S> | undefined =>
  plan.find((step) => step.name === saga.step)

const entering = <S>(step: SagaStep<S> | undefined, direction: SagaState['direction'], state: S, now: number) =>
  step ? { step: step.name, direction, due: dueOf(step, state, now), tries: 0 } : atRest

const dueOf = <S>({ patienceMs }: SagaStep<S>, state: S, now: number) => (patienceMs ? now + patienceMs(state) : NEVER)

/** The saga at its first step. */
export const begin = <S>(plan: SagaPlan<S>, state: S, now: number): SagaState =>
  entering(plan[0], 'forward', state, now)

/** The saga at a named step, e.g. back at the first for another attempt. */
export const enter = <S>(plan: SagaPlan<S>, name: string, state: S, now: number): SagaState =>
  entering(
    plan.find((step) => step.name === name),
    'forward',
    state,
    now,
  )

/** The outcome of the present step is known: the saga goes on to the next one in its direction, or comes to rest. */
export const settle = <S>(plan: SagaPlan<S>, saga: SagaState, state: S, now: number): SagaState => {
  const index = plan.findIndex((step) => step.name === saga.step)
  if (index < 0) return atRest
  if (saga.direction === 'forward') return entering(plan[index + 1], 'forward', state, now)
  return entering(plan.slice(0, index).findLast(hasCompensation), 'back', state, now)
}

/** The saga is given up: from here on every step begun so far gives back what it took, the last one first. */
export const abort = <S>(plan: SagaPlan<S>, saga: SagaState, state: S, now: number): SagaState => {
  const index = plan.findIndex((step) => step.name === saga.step)
  return entering(plan.slice(0, index + 1).findLast(hasCompensation), 'back', state, now)
}

const hasCompensation = <S>(step: SagaStep<S>): boolean => step.compensate !== undefined

/** The same step again, to be looked at after a pause that doubles with every try. */
export const again = <S>(plan: SagaPlan<S>, saga: SagaState, state: S, now: number): SagaState => {
  const pause = (stepOf(plan, saga)?.patienceMs?.(state) ?? 0) * 2 ** Math.min(saga.tries + 1, MAX_BACK_OFF)
  return { ...saga, tries: saga.tries + 1, due: now + pause }
}
