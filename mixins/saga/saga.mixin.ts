import { setTimeout as pause } from 'node:timers/promises'
import type { Service, ServiceSchema } from 'moleculer'
import { backendsOf } from '../backends.ts'
import type { Decision } from '../store/decision.ts'
import type { Document } from '../store/documents.ts'
import type { Store } from '../store/store.mixin.ts'
import { again, type SagaPlan, type SagaState, type SagaStep, settle, stepOf } from './saga.ts'

type Subject = Document & { saga: SagaState }

/** What the mixin offers to the actor that owns the documents. */
export type Saga<S> = {
  /** Carries out the present step of a state that has just been committed. Never rejects: what fails is repeated. */
  proceed(state: S): Promise<void>
}

type Options<S extends Subject> = {
  collection: string
  /** Made once per instance of the actor, whose effects it closes over. */
  plan: (service: Service) => SagaPlan<S>
  sweepMs?: number
}

type Self<S> = Service & Store<S> & Saga<S> & { plan: SagaPlan<S>; sweeping: AbortController }

const SWEEP_MS = 1000
const BATCH = 100

/**
 * Sagas whose state is a field `saga` of the owner's documents (index it: `['saga.due']`): the outcome of a step is
 * stored by the same write as what it changed, and before the next step begins. After a crash any node of the actor
 * takes up what is due; of two nodes that do, the revision lets one win.
 */
export const saga = <S extends Subject>({ collection, plan, sweepMs = SWEEP_MS }: Options<S>): Partial<ServiceSchema> =>
  ({
    created(this: Self<S>) {
      this.plan = plan(this)
    },

    methods: {
      proceed(this: Self<S>, state: S) {
        return proceed(this, state)
      },
    },

    async started(this: Self<S>) {
      this.sweeping = new AbortController()
      void sweep(this, collection, sweepMs, this.sweeping.signal)
    },

    async stopped(this: Self<S>) {
      this.sweeping.abort()
    },
  }) as unknown as Partial<ServiceSchema>

const sweep = async <S extends Subject>(self: Self<S>, collection: string, everyMs: number, ending: AbortSignal) => {
  while (!ending.aborted) {
    await pause(everyMs, undefined, { signal: ending }).catch(() => undefined)
    if (ending.aborted) return
    await resumeDue(self, collection, ending).catch((error) =>
      self.logger.warn({ error: String(error) }, 'no sweep this time'),
    )
  }
}

const proceed = async <S extends Subject>(self: Self<S>, state: S): Promise<void> => {
  const step = stepOf(self.plan, state.saga)
  if (!step) return
  try {
    await effectOf(step, state)?.(state)
    if (step.settles === 'effect' || state.saga.direction === 'back') await proceed(self, await settled(self, state))
  } catch (error) {
    self.logger.warn({ id: state.id, step: step.name, error: String(error) }, 'a saga step will be repeated')
  }
}

const effectOf = <S>(step: SagaStep<S>, state: S & { saga: SagaState }) =>
  state.saga.direction === 'forward' ? step.perform : step.compensate

// Not worth a forced write: an effect whose outcome is lost is repeated.
const settled = <S extends Subject>(self: Self<S>, { id, saga: was }: S): Promise<S> =>
  self.change(
    id,
    (state) => (isSame(state.saga, was) ? moved(state, settle(self.plan, was, state, Date.now())) : null),
    { durable: false },
  )

const isSame = (a: SagaState, b: SagaState) => a.step === b.step && a.direction === b.direction

const moved = <S extends Subject>(state: S, saga: SagaState): Decision<S> => ({ state: { ...state, saga }, facts: [] })

const resumeDue = async <S extends Subject>(self: Self<S>, collection: string, ending: AbortSignal) => {
  const due = { where: { 'saga.due': { lte: Date.now() } }, limit: BATCH }
  for (const { id } of await backendsOf(self.broker).store.find<S>(collection, due)) {
    if (ending.aborted) return
    // One that cannot be taken up, or was deleted just now, must not hold up the others.
    await resume(self, id).catch((error) => self.logger.warn({ id, error: String(error) }, 'a saga was not resumed'))
  }
}

const resume = async <S extends Subject>(self: Self<S>, id: string) => {
  let isOurs = false
  const state = await self.change(id, (found) => {
    const now = Date.now()
    isOurs = found.saga.due <= now
    return isOurs ? taken(self.plan, found, now) : null
  })
  if (isOurs) await proceed(self, state)
}

/** What becomes of a state whose time is over: its deadline acts; what gives back is repeated until it succeeds. */
const taken = <S extends Subject>(plan: SagaPlan<S>, found: S, now: number): Decision<S> => {
  const overdue = found.saga.direction === 'forward' ? stepOf(plan, found.saga)?.overdue : undefined
  return overdue ? overdue(found, now) : moved(found, again(plan, found.saga, found, now))
}
