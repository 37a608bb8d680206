import { setTimeout as pause } from 'node:timers/promises'
import type { Context, Service, ServiceSchema } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import { hear } from '../../mixins/contract/actor.ts'
import { broadcast } from '../../mixins/contract/contract.ts'
import { beforeLeaving } from '../../mixins/contract/leaving.ts'
import { othersThatRun } from '../../mixins/contract/others.ts'
import { Leadership } from '../../mixins/locks/leadership.ts'
import { WorkerReported } from '../runs/runs.events.ts'
import { LeadVacated } from './coordinator.events.ts'
import { Fleet } from './fleet.ts'
import { leader } from './leader.ts'

/** A coordinator that was killed is replaced after so long; one that leaves is replaced at once. */
const LEASE_MS = 4000

/** How long one that leaves serves on until another leads. */
const HAND_OVER_MS = 15_000
const LOOK_MS = 20

type Self = Service & { leadership: Leadership; fleet: Fleet }

/** Runs the coordinator on this node until the returned function is called. */
const lead = ({ broker, fleet, leadership }: Self) => {
  const service = broker.createService(leader(fleet, () => leadership.isSure()))
  return () => broker.destroyService(service)
}

/** Callers find a coordinator all the time: this one answers them, but lets nobody go any more, until another leads. */
const handOver = async ({ broker, leadership }: Self) => {
  const wasLeading = leadership.isSure()
  await leadership.vacate()
  if (!wasLeading || othersThatRun(broker, 'coordinator-candidate').length === 0) return
  broadcast(broker, LeadVacated, { node: broker.nodeID })
  const until = Date.now() + HAND_OVER_MS
  while (othersThatRun(broker, 'coordinator').length === 0 && Date.now() < until) await pause(LOOK_MS)
}

/**
 * Stands for the lead: of all nodes that run this service one runs the coordinator. The others stand by and listen to
 * the workers, so that whoever takes over knows them. Callers find the coordinator by its name wherever it is.
 */
export default {
  name: 'coordinator-candidate',

  events: {
    ...hear(LeadVacated, function (this: Self) {
      this.leadership.wake()
    }),
    ...hear(WorkerReported, function (this: Self, report) {
      this.fleet.report(report, Date.now())
    }),
    '$node.disconnected': {
      handler(this: Self, ctx: Context<{ node: { id: string } }>) {
        this.fleet.leave(ctx.params.node.id)
      },
    },
  },

  created(this: Self) {
    this.fleet = new Fleet()
    this.leadership = new Leadership({
      lease: backendsOf(this.broker).locks.lease('coordinator'),
      holder: this.broker.nodeID,
      forMs: LEASE_MS,
      lead: () => lead(this),
      logger: this.logger,
    })
    beforeLeaving(this.broker, () => handOver(this))
  },

  // Not until it leads: workers report to it only when they know that it is there.
  async started(this: Self) {
    await this.leadership.start()
  },

  async stopped(this: Self) {
    await this.leadership.stop()
  },
} as unknown as ServiceSchema
