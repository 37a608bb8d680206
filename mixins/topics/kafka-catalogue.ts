import { setTimeout as pause } from 'node:timers/promises'
import type { Admin, Cluster, KafkaClient } from './kafka-client.ts'
import { declarationOf } from './kafka-declaration.ts'
import { type KafkaRecord, messageIn } from './kafka-record.ts'
import { isUnknownTopic } from './kafka-refusals.ts'
import type { Extent, Message } from './topics.ts'

const PAGE_BYTES = 1_000_000
const FETCH_MS = 50
const CREATED_MS = 10_000
const PAUSES_MS = [0, 50, 200, 500]
const SEEN_AFTER_MS = [50, 200, 500, 1000, 2000]
const LAST = -1
// The first version whose brokers know a producer again, so that nothing is written twice when it repeats itself.
const INIT_PRODUCER_ID = 22

class TooOld extends Error {
  readonly type = 'UNSUPPORTED_VERSION'
}

/** What lies in the topics, read without being in any group, and the topics themselves. */
export class KafkaCatalogue {
  readonly #client: KafkaClient
  readonly #counts = new Map<string, Promise<number>>()
  #cluster: Promise<Cluster> | undefined
  #admin: Promise<Admin> | undefined
  #isClosed = false
  #turn: Promise<unknown> = Promise.resolve()

  constructor(client: KafkaClient) {
    this.#client = client
  }

  /** Resolves when a broker answers that will do. */
  async probe(): Promise<void> {
    await this.#ask(async (cluster) => {
      await cluster.metadata({ topics: [] })
      const { versions } = await cluster.findControllerBroker()
      if (versions && !(INIT_PRODUCER_ID in versions)) throw new TooOld('It is older than 0.11.')
    })
  }

  /** How many partitions a topic has, which is created where it is missing. */
  declare(topic: string): Promise<number> {
    const known = this.#counts.get(topic)
    if (known) return known
    const count = this.#declare(topic)
    this.#counts.set(topic, count)
    count.catch(() => this.#counts.delete(topic))
    return count
  }

  /** Looks at a topic anew: it may have gone. */
  forget(topic: string): void {
    this.#counts.delete(topic)
  }

  async extent(topic: string): Promise<Extent[]> {
    const partitions = (await this.#partitions(topic)).map((partition) => ({ partition }))
    if (partitions.length === 0) return []
    const [first, next] = await this.#ask((cluster) =>
      Promise.all(
        [true, false].map(async (fromBeginning) => {
          const [found] = await cluster.fetchTopicsOffset([{ topic, fromBeginning, partitions }])
          return new Map(found?.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
        }),
      ),
    )
    return partitions
      .map(({ partition }) => ({ partition, first: first?.get(partition) ?? 0, next: next?.get(partition) ?? 0 }))
      .filter((extent) => extent.next > 0)
      .sort((a, b) => a.partition - b.partition)
  }

  async read(topic: string, partition: number, from: number, max: number): Promise<Message[]> {
    const extent = (await this.extent(topic)).find((one) => one.partition === partition)
    const found: Message[] = []
    for (let next = Math.max(from, extent?.first ?? 0); extent && next < extent.next && found.length < max; ) {
      const page = await this.#fetch(topic, partition, next)
      const last = page.at(-1)
      if (!last) break
      next = Number(last.offset) + 1
      const messages = page.filter(({ isControlRecord }) => !isControlRecord)
      found.push(...messages.map((record) => messageIn(topic, partition, record)))
    }
    return found.slice(0, max)
  }

  /** What a group has not yet seen of a topic. */
  async lag(topic: string, groupId: string): Promise<number> {
    const extents = await this.extent(topic)
    if (extents.length === 0) return 0
    this.#admin ??= this.#connectAdmin()
    const admin = await this.#admin.catch((error) => this.#drop(error))
    const [positions] = await admin.fetchOffsets({ groupId, topics: [topic] }).catch((error) => this.#drop(error))
    const next = new Map(positions?.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
    return extents.reduce(
      (sum, extent) => sum + extent.next - Math.max(next.get(extent.partition) ?? 0, extent.first),
      0,
    )
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#disconnect()
  }

  async #disconnect(): Promise<void> {
    const open = [this.#cluster, this.#admin]
    this.#cluster = undefined
    this.#admin = undefined
    await Promise.allSettled(open.map(async (one) => (await one)?.disconnect()))
  }

  async #declare(topic: string): Promise<number> {
    const { length } = await this.#partitions(topic)
    if (length > 0) return length
    const { brokers } = await this.#ask((cluster) => cluster.metadata({ topics: [] }))
    this.#admin ??= this.#connectAdmin()
    const admin = await this.#admin.catch((error) => this.#drop(error))
    // Somebody else may do the same at the same time: then it is there, too.
    const topics = [declarationOf(topic, brokers.length)]
    // A broker that has much to do knows it a moment later.
    await this.#alone(() => admin.createTopics({ topics, timeout: CREATED_MS, waitForLeaders: true })).catch((error) =>
      isUnknownTopic(error) ? undefined : this.#drop(error),
    )
    for (const ms of SEEN_AFTER_MS) {
      const seen = (await this.#partitions(topic)).length
      if (seen > 0) return seen
      await pause(ms)
    }
    return declarationOf(topic, 1).numPartitions
  }

  async #partitions(topic: string): Promise<number[]> {
    try {
      return await this.#ask(async (cluster) => {
        await this.#alone(() => cluster.addTargetTopic(topic))
        return cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)
      }, isUnknownTopic)
    } catch (error) {
      if (isUnknownTopic(error)) return []
      throw error
    }
  }

  // The client asks for all topics that it knows of at once, and one that is not there yet spoils the answer for all.
  #alone<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(task)
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #fetch(topic: string, partition: number, from: number) {
    const places = [{ partition, fetchOffset: String(from), maxBytes: PAGE_BYTES }]
    const request = {
      maxWaitTime: FETCH_MS,
      maxBytes: PAGE_BYTES,
      isolationLevel: 1,
      topics: [{ topic, partitions: places }],
    }
    const { responses } = await this.#ask(async (cluster) => {
      const leader = cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)
      return (await cluster.findBroker({ nodeId: leader?.leader ?? 0 })).fetch(request)
    })
    const records = responses.flatMap(({ partitions }) => partitions).flatMap(({ messages }) => messages)
    // A broker hands out whole batches, also what lies before in the same batch.
    return records.filter(({ offset }) => Number(offset) >= from) as (KafkaRecord & { isControlRecord?: boolean })[]
  }

  /** Asks again on a fresh connection: what is known of leaders may be old or to come, and nothing here changes anything. */
  async #ask<T>(question: (cluster: Cluster) => Promise<T>, isAnswer = (_: unknown) => false): Promise<T> {
    for (const ms of [...PAUSES_MS, LAST]) {
      this.#cluster ??= this.#connect()
      const cluster = this.#cluster
      try {
        return await question(await cluster)
      } catch (error) {
        if (isAnswer(error)) throw error
        // Another question may have given the connection up under this one; then there is a new one, or will be.
        const isCurrent = this.#cluster === cluster
        if (isCurrent) void this.#disconnect()
        if (ms === LAST || this.#isClosed || (isCurrent && isHopeless(error))) throw error
        await pause(ms)
      }
    }
    throw new RangeError('Asked less than once.')
  }

  async #connect(): Promise<Cluster> {
    const cluster = this.#client.cluster()
    await cluster.connect()
    await cluster.refreshMetadata()
    return cluster
  }

  async #connectAdmin(): Promise<Admin> {
    const admin = this.#client.admin()
    await admin.connect()
    return admin
  }

  async #drop(error: unknown): Promise<never> {
    void this.#disconnect()
    throw error
  }
}

const isHopeless = (error: unknown) => /Connection|NumberOfRetries|TooOld/.test((error as Error).constructor.name)
