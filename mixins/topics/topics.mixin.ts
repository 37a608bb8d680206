import type { Context, Service, ServiceSchema } from 'moleculer'
import { backendsOf } from '../backends.ts'
import type { Payload, TopicContract } from '../contract/contract.ts'
import { Caution } from './caution.ts'
import { Delivery, type Patience } from './delivery.ts'
import type { Unsubscribe } from './topics.ts'

// How many messages of a partition may be under way, so that one key that has trouble does not hold up the others.
const WINDOW = 1000

const patience: Patience = { attempts: 5, backoffMs: 200, maxBackoffMs: 5000 }

type TopicAction = { readonly topic: TopicContract }

/**
 * An action that a durable topic calls: in order per key and at least once, so it must be safe to repeat.
 * A message that it refuses for good, or too often, moves to `<topic>.dead`, and the ones behind it go on.
 * The message's id is the request id.
 */
export const on = <C extends TopicContract, This = Service>(
  contract: C,
  handler: (this: This, ctx: Context<Payload<C>>) => unknown,
) => ({ topic: contract, params: contract.payload, visibility: 'private', handler }) as const

/** The actions of a service that topics call, by topic and by the type of the message. */
const handlersOf = (service: Service): Map<string, Map<string, string>> => {
  const topics = new Map<string, Map<string, string>>()
  for (const [name, action] of Object.entries(service.schema.actions ?? {})) {
    const contract = (action as Partial<TopicAction> | false) && (action as Partial<TopicAction>).topic
    if (!contract) continue
    const byType = topics.get(contract.topic) ?? new Map<string, string>()
    const other = byType.get(contract.name)
    if (other) throw new TypeError(`${service.name} handles ${contract.name} twice: in ${other} and in ${name}.`)
    topics.set(contract.topic, byType.set(contract.name, name))
  }
  return topics
}

type Subscriptions = { deliveries: Delivery[]; unsubscribes: Unsubscribe[]; caution: Caution }

const running = new WeakMap<Service, Subscriptions>()

const subscribe = async (service: Service, options: Patience): Promise<void> => {
  const { topics, store } = backendsOf(service.broker)
  const caution = new Caution(store, topics, service.fullName, WINDOW)
  const open: Subscriptions = { deliveries: [], unsubscribes: [], caution }
  running.set(service, open)
  for (const [topic, actions] of handlersOf(service)) {
    const delivery = new Delivery(service, topics, actions, options, caution)
    open.deliveries.push(delivery)
    const deliver = delivery.deliver.bind(delivery)
    open.unsubscribes.push(await topics.subscribe(topic, service.fullName, deliver, { window: WINDOW }))
  }
}

const unsubscribe = async (service: Service): Promise<void> => {
  const open = running.get(service)
  running.delete(service)
  for (const delivery of open?.deliveries ?? []) delivery.end()
  await Promise.all((open?.unsubscribes ?? []).map((end) => end()))
  // Without leave taken the next start is only more careful than it need be.
  await open?.caution.end().catch((error) => service.logger.warn({ error: String(error) }, 'deliveries stay noted'))
}

/**
 * Subscribes every action made with `on`, one subscription per topic, for as long as the service runs: after
 * everything else of it has started, and until before anything else of it stops.
 */
export const topics = (options: Partial<Patience> = {}): Partial<ServiceSchema> =>
  ({
    merged(schema: { started?: unknown; stopped?: unknown }) {
      const last = (others: unknown, own: object) => [others ?? [], own].flat()
      schema.started = last(schema.started, function (this: Service) {
        return subscribe(this, { ...patience, ...options })
      })
      // Moleculer runs them from the last to the first.
      schema.stopped = last(schema.stopped, function (this: Service) {
        return unsubscribe(this)
      })
    },
  }) as Partial<ServiceSchema>
