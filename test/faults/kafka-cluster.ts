import { kafkaCommand } from '../../cli/setup/infra/kafka.ts'
import { KafkaClient } from '../../mixins/topics/kafka-client.ts'
import { eventually } from '../eventually.ts'
import type { Instance } from '../servers/instance.ts'

const PATIENCE_MS = 30_000

/** One event of a test: the n-th of its key. */
export type Event = { key: string; n: number }

/** Events with the same number of each key, in an order in which each key counts up. */
export const eventsOf = (count: number, keys: number): Event[] =>
  Array.from({ length: count }, (_, i) => ({ key: `key-${i % keys}`, n: Math.floor(i / keys) }))

/** Everything that lies in a topic, read by Kafka's own consumer; partitions one after another do not matter. */
export const logged = async (url: string, topic: string): Promise<Event[]> => {
  const consumer = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
  const place = ['--bootstrap-server', url, '--topic', topic, '--from-beginning', '--timeout-ms', '6000']
  const text = await kafkaCommand(consumer, ...place)
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Event)
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

/** Moves the leaders of all partitions of a topic by taking the present one out of the copies, and back in. */
export class Leaders {
  readonly #url: string
  #moves = 0

  constructor(url: string) {
    this.#url = url
  }

  get moves(): number {
    return this.#moves
  }

  // A broker that has only just heard of the topic, or is about to leave it, does not know it.
  move(topic: string): Promise<void> {
    return eventually(() => this.#move(topic), PATIENCE_MS)
  }

  async #move(topic: string): Promise<void> {
    const admin = new KafkaClient(this.#url.split(',')).admin()
    await admin.connect()
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      const partitions = topics[0]?.partitions ?? []
      const assign = (replicasOf: (leader: number) => number[]) =>
        admin.alterPartitionReassignments({
          topics: [
            {
              topic,
              partitionAssignment: partitions.map(({ partitionId, leader }) => ({
                partition: partitionId,
                replicas: replicasOf(leader),
              })),
            },
          ],
        })
      await assign((leader) => [1, 2, 3].filter((id) => id !== leader))
      await this.#settled(admin, topic)
      await assign((leader) => [...[1, 2, 3].filter((id) => id !== leader), leader])
      await this.#settled(admin, topic)
      this.#moves += partitions.length
    } finally {
      await admin.disconnect()
    }
  }

  async #settled(admin: ReturnType<KafkaClient['admin']>, topic: string): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      const under = await admin.listPartitionReassignments({ topics: undefined as never })
      if (!under.topics.some((one) => one.topic === topic)) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** Kills one broker after another, each when the former has all messages again; at least one. */
export const killInTurn = async (cluster: Instance, topic: string, isOver: () => boolean): Promise<number> => {
  for (let kills = 1; ; kills++) {
    await cluster.parts[kills % cluster.parts.length]!.restart('SIGKILL')
    await eventually(async () => {
      if ((await fewestCopies(cluster.url, topic)) < cluster.parts.length) throw new TypeError('copies are missing')
    }, PATIENCE_MS)
    if (isOver()) return kills
  }
}

const fewestCopies = async (url: string, topic: string): Promise<number> => {
  const admin = new KafkaClient(url.split(',')).admin()
  await admin.connect()
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return Math.min(...(topics[0]?.partitions ?? []).map(({ isr }) => isr.length))
  } finally {
    await admin.disconnect()
  }
}
