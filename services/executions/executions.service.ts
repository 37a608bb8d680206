import type { Service } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import { actor } from '../../mixins/contract/actor.ts'
import { broadcast } from '../../mixins/contract/contract.ts'
import type { Reservation } from '../../mixins/queue/queue.ts'
import { type Saga, saga } from '../../mixins/saga/saga.mixin.ts'
import { type Store, store } from '../../mixins/store/store.mixin.ts'
import { on, topics } from '../../mixins/topics/topics.mixin.ts'
import { accept, acceptStarted, acceptWithSlot } from './acceptance.ts'
import { census } from './census.ts'
import {
  cancel,
  type Execution,
  finish,
  handBack,
  isFinal,
  mustHaveEnded,
  news,
  type Plan,
  remove,
  schedule,
  start,
} from './execution.ts'
import { executions, type Submission } from './executions.contract.ts'
import { ArtifactNotFound, ExecutionNotFound, NotRunnable } from './executions.errors.ts'
import { CancelRequested, ExecutionChanged, ExecutionRequested } from './executions.events.ts'
import { artifactsKey, outputKey } from './executions.streams.ts'
import { lifecycle } from './lifecycle.ts'
import { search } from './listing.ts'
import { orderOf, tellWorkers } from './order.ts'
import { newJobOf, StartJobs } from './start-jobs.ts'
import { appendInput } from './stdin.ts'
import type { Program } from './submission.ts'
import { admit, dismiss, known, type Origin, originOf, traceBehind } from './submitting.ts'
import { shown, summary } from './views.ts'

const COLLECTION = 'executions'
/** Of runs that come and go, those under way. */
const RECENT = 1000
// A power cut that undoes one of these also ends what it stood for: the run is scheduled and started again.
const REPEATED = { durable: false } as const

const SOON_MS = 5

type Own = { jobs: StartJobs }
type Mixed = Store<Execution> & Saga<Execution> & { plan: Plan }
type Self = Service & Mixed & Own

const announce = ({ broker }: Service, execution: Execution) =>
  broadcast(broker, ExecutionChanged, news(execution, Date.now()))

const planOf = (service: Service): Plan =>
  lifecycle({
    announce: async (execution) => announce(service, execution),
    enqueue: (execution) => (service as Self).jobs.place(execution),
    withdraw: (execution) => (service as Self).jobs.withdraw(execution),
  })

const submit = async (self: Self, submission: Submission, origin: Origin) => {
  const { store: documents } = backendsOf(self.broker)
  const earlier = await known(documents, submission, origin)
  if (earlier) return shown(self.broker, earlier)
  const { accepted, program, hasSlot } = await admit(self, submission, origin)
  const now = Date.now()
  // Of two requests with one key the other may win, and nothing of this one may run then.
  const worker = hasSlot && origin.key === null ? self.jobs.reserve() : null
  const decision = worker
    ? acceptStarted(self.plan, accepted, worker.consumer, now)
    : (hasSlot ? acceptWithSlot : accept)(self.plan, accepted, now)
  try {
    const written = self.create(decision, program, decision.state.rev)
    if (worker) handTo(self, worker, decision.state, program)
    const isPlaced = worker !== null || (hasSlot && self.jobs.placeEarly(decision.state))
    const state = await written
    if (isPlaced) proceedSoon(self, state)
    else void self.proceed(state)
    return await shown(self.broker, state)
  } catch (error) {
    dismiss(self, accepted.id)
    if (worker) broadcast(self.broker, CancelRequested, { executionId: accepted.id })
    else if (hasSlot) void self.jobs.withdraw(decision.state).catch(() => undefined)
    // Two requests with one key at the same moment: the unique index let the other one win.
    const winner = await known(documents, submission, origin)
    if (winner) return shown(self.broker, winner)
    throw error
  }
}

/** The worker that is kept for a new run hears of it while it is written, and has its job with that write. */
const handTo = (self: Self, worker: Reservation, state: Execution, program: Program) => {
  tellWorkers(self.broker, state, program)
  worker.add(newJobOf(state)).catch(async (error) => {
    self.logger.warn({ id: state.id, error: String(error) }, 'a job could not be written; the run waits again')
    const back = (execution: Execution) => handBack(self.plan, execution, { attempt: state.attempt }, Date.now())
    // One that was not written either is nowhere; one that cannot be told of ends by its deadline.
    await self.change(state.id, back).then(self.proceed, () => undefined)
  })
}

/** The worker, and whoever is answered, go first; those who only watch hear of it right after. */
const proceedSoon = (self: Self, state: Execution) => {
  setTimeout(() => void self.proceed(state), SOON_MS).unref()
}

/**
 * Owns every execution from submission to its last state; nobody else writes one.
 * A handler only says when to decide. What is decided stands in execution.ts, without I/O.
 */
export default actor<Mixed>()('executions', executions, {
  mixins: [
    store<Execution>(
      {
        name: COLLECTION,
        unique: ['dedupe'],
        indexes: [['state', 'id'], ['short'], ['saga.due'], ['user', 'id']],
      },
      (id) => new ExecutionNotFound(id),
      { recent: RECENT },
    ),
    saga<Execution>({ collection: COLLECTION, plan: planOf }),
    topics(),
  ],

  state: ({ broker }): Own => ({ jobs: new StartJobs(broker) }),

  actions: {
    submit(ctx) {
      return submit(this, ctx.params, originOf(ctx))
    },

    async list(ctx) {
      const find = search(ctx.params, ctx.meta.user ?? 'local')
      const found = await this.search(find)
      const { streams } = backendsOf(this.broker)
      const items = await Promise.all(found.slice(0, find.limit - 1).map((one) => summary(one, streams)))
      return { items, next: found.length === find.limit ? (items.at(-1)?.id ?? null) : null }
    },

    async get(ctx) {
      try {
        return await shown(this.broker, await this.locate(ctx.params.id, { durable: false }))
      } finally {
        // The answer is made meanwhile: whoever waits for an end asks when that is on its way to the disk.
        await backendsOf(this.broker).store.flushed()
      }
    },

    async program(ctx) {
      const { id } = await this.locate(ctx.params.id)
      return this.frozen<Program>(id)
    },

    async cancel(ctx) {
      const { id } = await this.locate(ctx.params.id)
      const state = await this.change(id, (execution) => cancel(this.plan, execution, Date.now()))
      if (isFinal(state.state)) announce(this, state)
      else broadcast(this.broker, CancelRequested, { executionId: id })
      void this.proceed(state)
      return shown(this.broker, state)
    },

    async retry(ctx) {
      const execution = await this.locate(ctx.params.id)
      mustHaveEnded(execution)
      const program = await this.frozen<Program>(execution.id)
      return submit(this, program, originOf(ctx, execution.id))
    },

    async remove(ctx) {
      const { id } = await this.locate(ctx.params.id)
      await this.remove(id, (execution) => remove(execution, Date.now()))
    },

    async stdin(ctx) {
      const { id } = await this.locate(ctx.params.id)
      return appendInput(this, { ...ctx.params, id })
    },

    async locate(ctx) {
      const { id, attempt, state, timeline, cancelRequested } = await this.locate(ctx.params.id)
      return { id, attempt, state, ended: isFinal(state), output: outputKey(id, attempt), timeline, cancelRequested }
    },

    async artifact(ctx) {
      const { id, attempt, artifacts } = await this.locate(ctx.params.id)
      const found = artifacts?.find(({ path }) => path === ctx.params.path)
      if (!found) throw new ArtifactNotFound(id, ctx.params.path)
      return { key: artifactsKey(id, attempt), ...found }
    },

    async schedule(ctx) {
      const { id } = ctx.params
      const state = await this.change(id, (execution) => schedule(this.plan, execution, Date.now()), REPEATED)
      if (state.state === 'scheduled') void this.proceed(state)
      return { state: state.state }
    },

    async start(ctx) {
      const { id, ...by } = ctx.params
      const [state, submission] = await Promise.all([
        this.change(id, (execution) => start(this.plan, execution, by, Date.now()), REPEATED),
        this.frozen<Program>(id),
      ])
      proceedSoon(this, state)
      if (state.state !== 'running') throw new NotRunnable(id, state.state)
      return orderOf(state, submission)
    },

    async finish(ctx) {
      const decide = (execution: Execution) => finish(this.plan, execution, ctx.params, Date.now())
      const state = await this.change(ctx.params.id, decide, { durable: false })
      // Whoever waits for the end reads it meanwhile, and is answered after that.
      const flushed = backendsOf(this.broker).store.flush()
      void this.proceed(state)
      await flushed
      return { state: state.state }
    },

    async handBack(ctx) {
      const { id, ...by } = ctx.params
      const state = await this.change(id, (execution) => handBack(this.plan, execution, by, Date.now()))
      void this.proceed(state)
      return { state: state.state }
    },

    census(ctx) {
      return census(this, ctx.params)
    },
  },

  subscriptions: {
    requested: on(ExecutionRequested, async function (this: Self, ctx) {
      const request = ctx.requestID ?? ''
      const origin = { user: 'local', key: `message ${request}`, retryOf: null, request, trace: traceBehind(ctx) }
      await submit(this, ctx.params, origin)
    }),
  },
})
