import type { Context, Service, ServiceSchema } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import { hear } from '../../mixins/contract/actor.ts'
import { broadcast } from '../../mixins/contract/contract.ts'
import { Leadership } from '../../mixins/locks/leadership.ts'
import { WorkerReported } from '../runs/runs.events.ts'
import { LeadVacated, RollCalled } from './coordinator.events.ts'
import { Fleet } from './fleet.ts'
import { leader } from './leader.ts'

/** A coordinator that was killed is replaced after so long; one that leaves is replaced at once. */
const LEASE_MS = 4000

type Self = Service & { leadership: Leadership; fleet: Fleet }

/** Runs the coordinator on this node until the returned function is called. */
const lead = (self: Self) => {
  const { broker, logger } = self
  const service = broker.createService(leader(self.fleet, () => self.leadership.isSure()))
  // One that has just come has heard none of them yet.
  void broker
    .waitForServices('coordinator')
    .then(() => broadcast(broker, RollCalled, { node: broker.nodeID }))
    .catch((error) => logger.warn({ error: String(error) }, 'the workers were not asked to report'))
  return () => broker.destroyService(service)
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
  },

  async started(this: Self) {
    await this.leadership.start()
    if (this.leadership.isSure()) await this.broker.waitForServices('coordinator')
  },

  async stopped(this: Self) {
    await this.leadership.stop()
    broadcast(this.broker, LeadVacated, { node: this.broker.nodeID })
  },
} as unknown as ServiceSchema
