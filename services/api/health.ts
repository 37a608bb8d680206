import type { Service, ServiceBroker } from 'moleculer'
import { backendsOf, type Health } from '../../mixins/backends.ts'
import { type Action, call } from '../../mixins/contract/contract.ts'
import { isLeaving } from '../../mixins/contract/leaving.ts'
import { coordinator } from '../coordinator/coordinator.contract.ts'
import { executions } from '../executions/executions.contract.ts'
import { live } from '../live/live.contract.ts'
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

const isUp = async (broker: ServiceBroker) => {
  if (!broker.started || isLeaving(broker))
    throw new TypeError('This node is starting or stopping; it takes no work now.')
  return 'serves'
}

/**
 * Requests wait so long for an actor on its way from one node to another. A door that closed meanwhile would send away
 * whom it can serve, and all doors would close at once.
 */
const TAKEOVER_MS = 10_000
type Seen = { detail: string; missingSince: number | null }
const seen = new WeakMap<ServiceBroker, Map<string, Seen>>()

/** As `said`, but what is missing counts only after so long, if it was there before. */
const saidLately = (broker: ServiceBroker, name: string, ask: () => Promise<string>): Promise<State> =>
  said(name, async () => {
    const known = seen.get(broker) ?? new Map<string, Seen>()
    seen.set(broker, known)
    try {
      const detail = await ask()
      known.set(name, { detail, missingSince: null })
      return detail
    } catch (error) {
      const last = known.get(name)
      if (!last) throw error
      last.missingSince ??= Date.now()
      if (Date.now() - last.missingSince > TAKEOVER_MS) throw error
      return `${last.detail} until a moment ago; ${(error as Error).message}`
    }
  })

// A call would fail too, with a line in the log for each time that somebody asks while the system comes up.
const mustBeThere = ({ registry }: ServiceBroker, { name }: Action<never, unknown>, sentence: string) => {
  if (!registry.actions.isAvailable(name)) throw new TypeError(sentence)
}

const actors = async (broker: ServiceBroker): Promise<string> => {
  mustBeThere(broker, executions.submit, 'No node that runs executions is connected.')
  mustBeThere(broker, live.read, 'No node that runs live is connected.')
  return 'are there'
}

const workers = async (broker: ServiceBroker): Promise<string> => {
  mustBeThere(broker, coordinator.queue, 'The coordinator is not there yet.')
  const { slots } = await call(broker, coordinator.queue, { limit: 1 }, SOON)
  if (slots === 0) throw new TypeError('No worker node is connected.')
  return `${slots} slots`
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
    saidLately(broker, 'actors', () => actors(broker)),
    saidLately(broker, 'workers', () => workers(broker)),
  ])),
]

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

/** The nodes that this one knows, and the services that each of them offers. */
const nodes = ({ registry }: ServiceBroker): { node: string; services: string[] }[] => {
  const listed = registry.getServiceList({ onlyAvailable: true, skipInternal: true }) as {
    name: string
    nodeID: string
  }[]
  const byNode = Map.groupBy(listed, ({ nodeID }) => nodeID)
  return [...byNode].map(([node, services]) => ({ node, services: services.map(({ name }) => name).sort() }))
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
      nodes: nodes(service.broker),
    })
  }
