import { expect } from '@jest/globals'
import { brokersOf } from '../../mixins/topics/kafka-address.ts'
import { type Admin, KafkaClient } from '../../mixins/topics/kafka-client.ts'
import { eventually } from '../eventually.ts'
import type { Instance } from '../servers/instance.ts'
import { recordsIn } from './kafka-log.ts'

const PATIENCE_MS = 30_000

/** One event of a test: the n-th of its key. */
export type Event = { key: string; n: number }

/** Events with the same number of each key, in an order in which each key counts up. */
export const eventsOf = (count: number, keys: number): Event[] =>
  Array.from({ length: count }, (_, i) => ({ key: `key-${i % keys}`, n: Math.floor(i / keys) }))

/** Every event that lies in a topic; partitions one after another do not matter. */
export const logged = async (url: string, topic: string): Promise<Event[]> => {
  let events: Event[] = []
  // Where brokers have only just come, or leaders moved, some do not know yet who they are.
  await eventually(async () => {
    events = (await recordsIn(url, topic)).map(({ value }) => JSON.parse(String(value)) as Event)
  })
  return events
}

/** What a log says of the events that were acknowledged: those that are missing, and those that came out of order. */
export const verdictOf = (acknowledged: readonly Event[], log: readonly Event[]) => {
  const seen = new Map<string, number>()
  const present = new Set<string>()
  const disordered: Event[] = []
  let repeated = 0
  for (const event of log) {
    const name = `${event.key} ${event.n}`
    if (present.has(name)) {
      repeated++
      continue
    }
    present.add(name)
    if (event.n < (seen.get(event.key) ?? -1)) disordered.push(event)
    else seen.set(event.key, event.n)
  }
  return { lost: acknowledged.filter(({ key, n }) => !present.has(`${key} ${n}`)), disordered, repeated }
}

const BROKERS = [1, 2, 3]

/** Moves the leaders of a topic's partitions from broker to broker. */
export class Leaders {
  readonly #url: string
  #moves = 0

  constructor(url: string) {
    this.#url = url
  }

  get moves(): number {
    return this.#moves
  }

  /** Takes the leader of every partition out of the copies, and back in. */
  async move(topic: string): Promise<void> {
    const old = await this.of(topic)
    await this.#assign(topic, (partition) => BROKERS.filter((id) => id !== old[partition]))
    await this.#assign(topic, (partition) => [...BROKERS.filter((id) => id !== old[partition]), old[partition] ?? 0])
    this.#moves += old.length
  }

  /** Makes one broker the leader of every partition. */
  async gather(topic: string, leader: number): Promise<void> {
    const old = await this.of(topic)
    const others = (partition: number) => BROKERS.filter((id) => id !== leader && id !== old[partition])
    await this.#assign(topic, (partition) => [leader, ...others(partition)])
    await this.#assign(topic, () => [leader, ...BROKERS.filter((id) => id !== leader)])
    await eventually(async () => expect(new Set(await this.of(topic))).toEqual(new Set([leader])), PATIENCE_MS)
  }

  /** The leader of each partition. */
  of(topic: string): Promise<number[]> {
    return asked(this.#url, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      const partitions = topics[0]?.partitions ?? []
      return partitions.sort((a, b) => a.partitionId - b.partitionId).map(({ leader }) => leader)
    })
  }

  async #assign(topic: string, replicas: (partition: number) => number[]): Promise<void> {
    const count = (await this.of(topic)).length
    const partitions = Array.from({ length: count }, (_, partition) => partition)
    const partitionAssignment = partitions.map((partition) => ({ partition, replicas: replicas(partition) }))
    await asked(this.#url, (admin) => admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] }))
    await eventually(async () => {
      const under = await asked(this.#url, (admin) => admin.listPartitionReassignments({ topics: undefined as never }))
      expect(under.topics.map((one) => one.topic)).not.toContain(topic)
    }, PATIENCE_MS)
  }
}

/** Asks until it is answered: a broker that has only just heard of a topic, or is about to leave it, does not know it. */
const asked = async <T>(url: string, question: (admin: Admin) => Promise<T>): Promise<T> => {
  const answer = Promise.withResolvers<T>()
  await eventually(async () => {
    const admin = new KafkaClient(brokersOf(url)).admin()
    await admin.connect()
    await question(admin)
      .then(answer.resolve)
      .finally(() => admin.disconnect())
  }, PATIENCE_MS)
  return answer.promise
}

/** Kills one broker after another, each when the former has all messages again; at least one. */
export const killInTurn = async (cluster: Instance, topic: string, isOver: () => boolean): Promise<number> => {
  for (let kills = 1; ; kills++) {
    await cluster.parts[kills % cluster.parts.length]!.restart('SIGKILL')
    await eventually(async () => expect(await fewestCopies(cluster.url, topic)).toBe(cluster.parts.length), PATIENCE_MS)
    if (isOver()) return kills
  }
}

const fewestCopies = (url: string, topic: string): Promise<number> =>
  asked(url, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return Math.min(...(topics[0]?.partitions ?? []).map(({ isr }) => isr.length))
  })
