import type { Service, ServiceSchema } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import { hear } from '../../mixins/contract/actor.ts'
import { broadcast, call, type Params, type Payload } from '../../mixins/contract/contract.ts'
import type { Limits } from '../../mixins/executor/executor.ts'
import type { Job } from '../../mixins/queue/queue.ts'
import { Worker } from '../../mixins/queue/worker.ts'
import type { Offer } from '../../mixins/settings.ts'
import { RollCalled } from '../coordinator/coordinator.events.ts'
import { LIMITS } from '../executions/execution.schema.ts'
import { executions } from '../executions/executions.contract.ts'
import { CancelRequested, ExecutionExpected, StdinAppended } from '../executions/executions.events.ts'
import { ExpectedRuns } from './expected.ts'
import { type Attempt, cancelAttempt, runAttempt } from './run.ts'
import { WorkerReported } from './runs.events.ts'
import { RUNS_QUEUE, type StartRun } from './runs.jobs.ts'

const LEASE_MS = 15_000
const REPORT_MS = 2000
const LONGEST_RETRY_MS = 30_000

type Own = {
  attempts: Map<string, Attempt>
  expected: ExpectedRuns
  worker: Worker
  reporter: NodeJS.Timeout | undefined
  draining: boolean
}
type Self = Service & Own

const workerOf = (self: Self): Worker => {
  const { queue, settings } = backendsOf(self.broker)
  return new Worker({
    queue: queue(RUNS_QUEUE),
    consumer: self.broker.nodeID,
    leaseMs: LEASE_MS,
    drainMs: settings.drainMs,
    slots: () => settings.slots,
    logger: self.logger as never,
    work: (job, lost) => work(self, job, lost),
    failed: ({ attempt }) => ({ retryInMs: Math.min(LONGEST_RETRY_MS, 100 * 2 ** attempt) }),
  })
}

const work = async (self: Self, job: Job, lost: AbortSignal): Promise<'done'> => {
  const { executionId, attempt: number, handedBack = false } = job.payload as Payload<typeof StartRun>
  if (handedBack) return tellHandBack(self, { id: executionId, attempt: number, lost: false })
  // Who has it anew may have to do with it otherwise than was expected.
  const begun = job.attempt === 1 ? self.expected.take(executionId, number) : null
  const attempt: Attempt = { executionId, number, begun, running: null, feed: null, cancelled: false }
  self.attempts.set(executionId, attempt)
  try {
    await runAttempt(self, attempt, job.attempt, lost)
    if (lost.aborted) await handBack(self, attempt, job)
  } finally {
    // The next attempt may be here already, when this one was lost and takes its time to die.
    if (self.attempts.get(executionId) === attempt) self.attempts.delete(executionId)
  }
  return 'done'
}

// What was killed only because this node leaves starts again on another. A lease may be lost because another worker has
// the run, or because the queue has forgotten it: then nobody else would tell.
const handBack = async (self: Self, { executionId: id, number, running }: Attempt, job: Job) => {
  if (!running) return
  try {
    await tellHandBack(self, { id, attempt: number, lost: !self.draining })
  } catch (error) {
    if (!self.draining || (error as { retryable?: boolean }).retryable === false) throw error
    // Nobody is there to be told. The next worker tells, however much later that is.
    const payload: Payload<typeof StartRun> = { executionId: id, attempt: number, handedBack: true }
    const { queue } = backendsOf(self.broker)
    await queue(RUNS_QUEUE).add({ id: `${job.id}:back`, payload, priority: job.priority })
  }
}

const tellHandBack = async ({ broker }: Self, by: Params<typeof executions.handBack>): Promise<'done'> => {
  try {
    await call(broker, executions.handBack, by)
  } catch (error) {
    // Somebody else has it already, or it has ended.
    if ((error as { code?: number }).code !== 409) throw error
  }
  return 'done'
}

// What a worker knows besides, paths of this machine among it, is nobody's business.
const told = ({ language, title, version, aliases, fileName, compiled, warm, limits }: Offer, maxima: Limits) => ({
  ...{ language, title, version, aliases, fileName, compiled, warm, limits: within(limits, maxima), maxima },
})

// A default above what the operator allows would refuse every request that asks for nothing.
const within = (limits: Limits, maxima: Limits) =>
  Object.fromEntries(LIMITS.map((name) => [name, Math.min(limits[name], maxima[name])])) as Limits

const report = (self: Self) => {
  const { settings } = backendsOf(self.broker)
  const offers = settings.offers.map((offer) => told(offer, settings.maxima))
  broadcast(self.broker, WorkerReported, {
    node: self.broker.nodeID,
    slots: settings.slots,
    busy: self.attempts.size,
    draining: self.draining,
    trusted: settings.trustedOnly,
    offers,
  })
}

/** A cancellation that was signalled but not heard still ends its run. */
const lookForCancelled = async (self: Self) => {
  for (const attempt of [...self.attempts.values()]) {
    const found = await call(self.broker, executions.locate, { id: attempt.executionId }).catch(() => null)
    if (found?.cancelRequested && found.attempt === attempt.number) cancelAttempt(attempt)
  }
}

/** A worker: takes runs as it has slots, drives the executor, keeps the output and reports how they end. */
export default {
  name: 'runs',
  dependencies: ['executions', 'results', 'coordinator'],

  events: {
    ...hear(ExecutionExpected, function (this: Self, { executionId, order }) {
      const { slots } = backendsOf(this.broker).settings
      if (!this.draining && this.attempts.size + this.expected.size < slots) this.expected.add(executionId, order)
    }),
    ...hear(CancelRequested, function (this: Self, { executionId }) {
      const attempt = this.attempts.get(executionId)
      if (attempt) cancelAttempt(attempt)
      // Where its job comes after all, the record is asked.
      else this.expected.forget(executionId)
    }),
    ...hear(RollCalled, function (this: Self) {
      report(this)
    }),
    ...hear(StdinAppended, function (this: Self, { executionId }) {
      this.attempts.get(executionId)?.feed?.wake()
    }),
  },

  created(this: Self) {
    this.attempts = new Map()
    this.expected = new ExpectedRuns(this.broker)
    this.draining = false
  },

  async started(this: Self) {
    this.worker = workerOf(this)
    this.worker.start()
    report(this)
    this.reporter = setInterval(() => {
      report(this)
      void lookForCancelled(this)
    }, REPORT_MS)
  },

  async stopped(this: Self) {
    this.draining = true
    clearInterval(this.reporter)
    report(this)
    await this.worker.stop()
  },
} as unknown as ServiceSchema
