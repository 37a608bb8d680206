import type { Service } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import { actor } from '../../mixins/contract/actor.ts'
import { type Payload, topicContracts } from '../../mixins/contract/contract.ts'
import { Worker } from '../../mixins/queue/worker.ts'
import { type Store, store } from '../../mixins/store/store.mixin.ts'
import * as executions from '../executions/executions.events.ts'
import { begun, cancelled, faults, type Replay, rangesOf } from './replay.ts'
import { type ReplayView, replays, replayView, type Selection } from './replays.contract.ts'
import { InvalidReplay, ReplayNotFound } from './replays.errors.ts'
import { REPLAYS_QUEUE, type RunReplay } from './replays.jobs.ts'
import { preview, sendAll } from './sending.ts'

const TOPICS = [...new Set(topicContracts(executions).map(({ topic }) => topic))]
const LEASE_MS = 15_000
const RETRY_MS = 1000
const SWEEP_MS = 30_000
const DEFAULT_LIMIT = 50
const DEFAULT_RATE = 100

type Own = { worker: Worker; sweeper: NodeJS.Timeout | undefined }
type Self = Service & Store<Replay> & Own

const FIELDS = Object.keys(replayView) as (keyof ReplayView)[]
const view = (replay: Replay) => Object.fromEntries(FIELDS.map((field) => [field, replay[field]])) as ReplayView

const queueOf = (self: Service) => backendsOf(self.broker).queue(REPLAYS_QUEUE)

const enqueue = (self: Service, { id }: Replay) => queueOf(self).add({ id, payload: { replayId: id }, priority: 0 })

/** The offsets that a selection means; throws InvalidReplay. */
const ranges = async (self: Self, select: Selection) => {
  const wrong = faults(select, TOPICS)
  if (wrong.length > 0) throw new InvalidReplay(wrong)
  return rangesOf(select, await backendsOf(self.broker).topics.extent(select.topic))
}

// Sent to a group that is not there, messages would be handled by nobody, and nobody would know.
const refuseUnknown = (self: Self, group: string) => {
  const services = self.broker.registry.getServiceList({ skipInternal: true }).map(({ fullName }) => fullName)
  if (services.includes(group)) return
  const message = `group: there is no service ${JSON.stringify(group)}; there are ${[...new Set(services)].sort().join(', ')}.`
  throw new InvalidReplay([{ field: 'group', message }])
}

const workerOf = (self: Self): Worker =>
  new Worker({
    queue: queueOf(self),
    consumer: self.broker.nodeID,
    leaseMs: LEASE_MS,
    drainMs: 0,
    slots: () => 1,
    logger: self.logger as never,
    async work(job, lost) {
      await sendAll(self, (job.payload as Payload<typeof RunReplay>).replayId, lost)
      return lost.aborted ? 'release' : 'done'
    },
    failed: (_, error) => ((error as { code?: number }).code === 404 ? 'bury' : { retryInMs: RETRY_MS }),
  })

/** What was accepted and is nowhere queued goes on. */
const sweep = async (self: Self) => {
  const running = await self.search({ where: { state: 'running' }, sort: { by: 'id', order: 'asc' }, limit: 100 })
  for (const replay of running) await enqueue(self, replay)
}

/** Sends parts of topics once more, to one group, at a rate, and goes on with it after any crash. */
export default actor<Store<Replay>>()('replays', replays, {
  mixins: [store<Replay>({ name: 'replays', indexes: [['state', 'id'], ['short']] }, (id) => new ReplayNotFound(id))],

  state: (service): Own => ({ worker: workerOf(service as Self), sweeper: undefined }),

  actions: {
    async start(ctx) {
      const { group, reason, ratePerSecond = DEFAULT_RATE, ...rest } = ctx.params
      refuseUnknown(this, group)
      const order = { group, reason, ratePerSecond, by: ctx.meta.user ?? 'local', select: rest }
      const replay = await this.create({ state: begun(order, await ranges(this, rest), Date.now()), facts: [] })
      if (replay.state === 'running') await enqueue(this, replay)
      return view(replay)
    },

    async preview(ctx) {
      return preview(backendsOf(this.broker).topics, ctx.params, await ranges(this, ctx.params))
    },

    async list(ctx) {
      const { state, cursor, limit = DEFAULT_LIMIT } = ctx.params
      const where = { ...(state && { state }), ...(cursor && { id: { lt: cursor } }) }
      const found = await this.search({ where, sort: { by: 'id', order: 'desc' }, limit: limit + 1 })
      const items = found.slice(0, limit).map(view)
      return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null }
    },

    async get(ctx) {
      return view(await this.locate(ctx.params.id))
    },

    async cancel(ctx) {
      const { id } = await this.locate(ctx.params.id)
      return view(await this.change(id, (state) => ({ state: cancelled(state, Date.now()), facts: [] })))
    },
  },

  started() {
    const self = this as unknown as Self
    self.worker.start()
    const look = () =>
      sweep(self).catch((error) => self.logger.warn({ error: String(error) }, 'replays not looked for'))
    self.sweeper = setInterval(look, SWEEP_MS)
    void look()
  },

  async stopped() {
    clearInterval(this.sweeper)
    await this.worker.stop()
  },
})
