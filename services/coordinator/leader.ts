import { setTimeout as sleep } from 'node:timers/promises'
import type { Service } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import { actor, hear } from '../../mixins/contract/actor.ts'
import { broadcast, call } from '../../mixins/contract/contract.ts'
import { othersThatRun } from '../../mixins/contract/others.ts'
import { on, topics } from '../../mixins/topics/topics.mixin.ts'
import { FINAL_STATES, PRIORITIES } from '../executions/execution.schema.ts'
import { executions } from '../executions/executions.contract.ts'
import * as facts from '../executions/executions.events.ts'
import { WorkerReported } from '../runs/runs.events.ts'
import { coordinator } from './coordinator.contract.ts'
import { QueueFull } from './coordinator.errors.ts'
import { RollCalled } from './coordinator.events.ts'
import type { Fleet } from './fleet.ts'
import { Line, type News, type Rules } from './line.ts'
import { Pace } from './pace.ts'
import { reason } from './reason.ts'
import { Recall } from './recall.ts'

const TICK_MS = 1000

const REVIEW_MS = 10_000
/** How long workers that are there may take to say what they offer. */
const ROLL_MS = 3000
const ASK_AGAIN_MS = 100

type Own = {
  line: Line
  fleet: Fleet
  pace: Pace
  ticker: NodeJS.Timeout | undefined
  ending: AbortController
  reviewer: NodeJS.Timeout | undefined
  recall: Recall | undefined
  /** Whether no other coordinator can lead yet. */
  isSure: () => boolean
}
type Self = Service & Own

const rulesOf = (self: Self): Rules => {
  const { userSlots, agingMs } = backendsOf(self.broker).settings
  const { slots } = self.fleet
  return { slots, userSlots: userSlots || Number.POSITIVE_INFINITY, agingMs }
}

/** Follows a run, and lets go whoever may go now. Facts and signals say the same; the revision tells what is new. */
const follow = (self: Self, news: News) => {
  self.line.apply(news)
  pump(self)
}

// One that was stopped for a while must not hand out slots that another hands out by now.
const pump = (self: Self) => {
  if (!self.isSure()) return
  const rules = rulesOf(self)
  for (let id = self.line.next(rules, Date.now()); id; id = self.line.next(rules, Date.now())) void grant(self, id)
}

const grant = async (self: Self, id: string) => {
  try {
    const { state } = await call(self.broker, executions.schedule, { id })
    if ((FINAL_STATES as readonly string[]).includes(state)) self.line.giveBack(id, false)
  } catch (error) {
    self.logger.warn({ id, error: String(error) }, 'a run could not be scheduled; it keeps its place')
    self.line.giveBack(id, (error as { code?: number }).code !== 404)
  }
}

/** Who begins to lead may have heard few workers yet, or none; callers must not be told that there are none. */
const untilReported = async ({ broker, fleet, ending }: Self) => {
  const isSilent = (node: string) => !fleet.workers.some((worker) => worker.node === node)
  const until = Date.now() + ROLL_MS
  while (othersThatRun(broker, 'runs').some(isSilent) && Date.now() < until && !ending.signal.aborted) {
    broadcast(broker, RollCalled, { node: broker.nodeID })
    await sleep(ASK_AGAIN_MS, undefined, { signal: ending.signal }).catch(() => undefined)
  }
}

/** The coordinator that leads: decides which run goes next by priorities, aging, fair share and caps; says why others wait. */
export const leader = (fleet: Fleet, isSure: () => boolean) =>
  actor<unknown>()('coordinator', coordinator, {
    mixins: [topics()],

    state: (): Own => ({
      line: new Line(),
      fleet,
      pace: new Pace(),
      ticker: undefined,
      ending: new AbortController(),
      reviewer: undefined,
      recall: undefined,
      isSure,
    }),

    actions: {
      runtimes() {
        return this.fleet.offers
      },

      admit(ctx) {
        const { id, user, priority, language, version } = ctx.params
        const offer = this.fleet.resolve(language, version)
        const { queueLimit } = backendsOf(this.broker).settings
        if (this.line.length >= queueLimit)
          throw new QueueFull(queueLimit, this.pace.secondsFor(this.line.length, this.fleet.slots))
        const rules = rulesOf(this)
        const hasSlot = this.line.admit(id, user, priority, this.isSure() ? rules : { ...rules, slots: 0 }, Date.now())
        return { hasSlot, offer }
      },

      dismiss(ctx) {
        this.line.dismiss(ctx.params.id)
        pump(this)
      },

      explain(ctx) {
        const found = this.line.explain(ctx.params.id, rulesOf(this), Date.now())
        return reason(found, rulesOf(this), this.line.holding, this.pace)
      },

      queue(ctx) {
        const [rules, now] = [rulesOf(this), Date.now()]
        const order = this.line.order(rules, now).slice(0, ctx.params.limit ?? 100)
        const waiting = order.map(({ id, user, rank, since, position }) => {
          const found = this.line.explain(id, rules, now)
          const why = reason(found, rules, this.line.holding, this.pace).reason
          return { id, priority: PRIORITIES[rank]!, user, waitingMs: Math.max(0, now - since), position, reason: why }
        })
        const { queueLimit } = backendsOf(this.broker).settings
        const { length, holding } = this.line
        return { waiting, length, running: holding, slots: this.fleet.slots, limit: queueLimit }
      },

      workers() {
        return {
          items: this.fleet.workers.map(({ node, slots, busy, draining, trusted }) => ({
            node,
            slots,
            busy,
            draining,
            trusted,
          })),
        }
      },
    },

    subscriptions: {
      queued: on(facts.ExecutionQueued, function (this: Self, ctx) {
        follow(this, ctx.params)
      }),
      scheduled: on(facts.ExecutionScheduled, function (this: Self, ctx) {
        follow(this, ctx.params)
      }),
      started: on(facts.ExecutionStarted, function (this: Self, ctx) {
        follow(this, ctx.params)
      }),
      ended: on(facts.ExecutionEnded, function (this: Self, ctx) {
        this.pace.ran(ctx.params.wallMs)
        follow(this, ctx.params)
      }),
    },

    signals: {
      ...hear(facts.ExecutionChanged, function (this: Self, news) {
        follow(this, news)
      }),
      ...hear(WorkerReported, function (this: Self, report) {
        this.fleet.report(report, Date.now())
        pump(this)
      }),
      // This service is registered, others have heard of it, or the coordinator before it has gone.
      '$services.changed': {
        handler(this: Self) {
          void this.recall?.catchUp().then(() => pump(this))
        },
      },
      '$node.disconnected': {
        handler(this: Self, ctx) {
          this.fleet.leave((ctx.params as { node: { id: string } }).node.id)
        },
      },
    },

    async started() {
      await this.broker.waitForServices('executions')
      const recall = new Recall(this.broker, this.line, this.logger, this.ending.signal)
      this.recall = recall
      await recall.rebuild()
      await untilReported(this)
      this.fleet.expire(Date.now())
      this.reviewer = setInterval(() => {
        recall
          .review()
          .catch((error) => this.logger.warn({ error: String(error) }, 'slots were not reviewed this time'))
      }, REVIEW_MS)
      this.ticker = setInterval(() => {
        this.line.expire(Date.now())
        this.fleet.expire(Date.now())
        pump(this)
      }, TICK_MS)
    },

    stopped() {
      this.ending.abort()
      clearInterval(this.ticker)
      clearInterval(this.reviewer)
    },
  })
