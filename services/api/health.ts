import type { Service, ServiceBroker } from 'moleculer'
import { backendsOf, type Health } from '../../mixins/backends.ts'
import { call } from '../../mixins/contract/contract.ts'
import { coordinator } from '../coordinator/coordinator.contract.ts'
import { type Handler, sendJson } from './exchange.ts'

// Who asks for the health asks again in a moment.
const SOON = { timeout: 1500, retries: 0 }

type State = Health

const said = async (name: string, ask: () => Promise<string>): Promise<State> => {
  try {
    return { name, ok: true, detail: await ask() }
  } catch (error) {
    return { name, ok: false, detail: (error as Error).message }
  }
}

const isUp = async ({ started }: ServiceBroker) => {
  if (!started) throw new TypeError('This node is starting or stopping; it takes no work now.')
  return 'serves'
}

// A call would fail too, with a line in the log for each time that somebody asks while the system comes up.
const refuseUnlessThere = ({ registry }: ServiceBroker) => {
  if (!registry.actions.isAvailable(coordinator.queue.name)) throw new TypeError('The coordinator is not there yet.')
}

/** What must answer before runs can be accepted and come to an end. */
const readiness = async ({ broker }: Service): Promise<State[]> => [
  await said('node', () => isUp(broker)),
  ...backendsOf(broker).health(),
  ...(await Promise.all([
    said('store', async () => {
      await backendsOf(broker).store.count('executions', { state: 'queued' })
      return 'answers'
    }),
    said('workers', () => workers(broker)),
  ])),
]

// Submissions wait while one coordinator takes over from another, so that this door need not be closed for it.
const TAKEOVER_MS = 15_000
const slotsSeen = new WeakMap<ServiceBroker, { slots: number; at: number }>()

const workers = async (broker: ServiceBroker): Promise<string> => {
  try {
    refuseUnlessThere(broker)
    const { slots } = await call(broker, coordinator.queue, { limit: 1 }, SOON)
    slotsSeen.set(broker, { slots, at: Date.now() })
  } catch (error) {
    if (Date.now() - (slotsSeen.get(broker)?.at ?? 0) > TAKEOVER_MS) throw error
  }
  const slots = slotsSeen.get(broker)?.slots ?? 0
  if (slots === 0) throw new TypeError('No worker node is connected.')
  return `${slots} slots`
}

/** GET /health/live: the process answers. */
export const alive: Handler = async (req, res) => sendJson(req, res, 200, { status: 'ok' })

/** GET /health/ready: runs can be accepted; 503 names what is missing. */
export const ready =
  (service: Service): Handler =>
  async (req, res) => {
    const checks = await readiness(service)
    const isReady = checks.every(({ ok, spare }) => ok || spare)
    sendJson(req, res, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready', checks })
  }

/** GET /health: everything an operator wants to know first. */
export const health =
  (service: Service): Handler =>
  async (req, res) => {
    const { executor, settings } = backendsOf(service.broker)
    const [checks, isolation, line, workers] = await Promise.all([
      readiness(service),
      executor.checks(),
      call(service.broker, coordinator.queue, { limit: 1 }, SOON).catch(() => null),
      call(service.broker, coordinator.workers, {}, SOON).catch(() => ({ items: [] })),
    ])
    const { waiting: _, ...queue } = line ?? { waiting: [] }
    const { rss, heapUsed } = process.memoryUsage()
    const isReady = checks.every(({ ok, spare }) => ok || spare)
    sendJson(req, res, 200, {
      status: isReady ? 'ready' : 'not ready',
      version: settings.version,
      node: service.broker.nodeID,
      uptimeMs: Math.round(process.uptime() * 1000),
      memory: { rssBytes: rss, heapBytes: heapUsed },
      checks,
      isolation: { trustedOnly: settings.trustedOnly, checks: isolation },
      queue,
      workers: workers.items,
    })
  }
