import { topicNamed } from '../contract/topic.ts'
import { brokersOf } from './kafka-address.ts'
import { KafkaCatalogue } from './kafka-catalogue.ts'
import { KafkaClient } from './kafka-client.ts'
import { type Health, KafkaHealth, type Log } from './kafka-health.ts'
import { partitionOf } from './kafka-murmur2.ts'
import { bytesOf, recordOf } from './kafka-record.ts'
import { MessageTooLarge, TopicsUnavailable } from './kafka-refusals.ts'
import { KafkaSubscription } from './kafka-subscription.ts'
import { KafkaWriter } from './kafka-writer.ts'
import type { Extent, Message, NewMessage, SubscribeOptions, Topics, Unsubscribe } from './topics.ts'

const PROBE_MS = 2000
const CLOSE_MS = 5000

// The client shares out all topics of a group among all its members, whoever has subscribed to which, so that a group
// holds one topic only.
const memberGroup = (group: string, topic: string) => `${group}.${topic}`

/**
 * Durable topics on Kafka.
 *
 * Opening never waits and never fails for the brokers' sake: they are asked again for as long as it takes, and `health`
 * tells. Calls reject with TopicsUnavailable while they do not serve; what was appended then may be in its topic or not.
 */
export class KafkaTopics implements Topics {
  readonly #health: KafkaHealth
  readonly #client: KafkaClient
  readonly #catalogue: KafkaCatalogue
  readonly #writer: KafkaWriter
  readonly #subscriptions = new Set<KafkaSubscription>()
  #probe: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(brokers: string, logger: Log) {
    const known = brokersOf(brokers)
    this.#client = new KafkaClient(known)
    this.#health = new KafkaHealth(known.addresses.join(','), logger)
    this.#catalogue = new KafkaCatalogue(this.#client)
    this.#writer = new KafkaWriter(this.#client, this.#health, (topic) => this.#catalogue.forget(topic))
    void this.#look()
  }

  health(): Health {
    return this.#health.state()
  }

  async append(topic: string, messages: NewMessage[]): Promise<void> {
    const records = messages.map(recordOf)
    const { mostBytes: most } = topicNamed(topic)
    for (const [n, record] of records.entries()) {
      const bytes = bytesOf(record)
      if (bytes > most) throw new MessageTooLarge(topic, messages[n]?.id ?? '', bytes, most)
    }
    const partitions = await this.#answered(() => this.#catalogue.declare(topic))
    const places = Map.groupBy(records, ({ key }) => partitionOf(key, partitions))
    const writes = [...places].map(([partition, placed]) => this.#writer.write(topic, partition, placed))
    const outcomes = await Promise.allSettled(writes)
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) throw failed.reason
  }

  async subscribe(
    topic: string,
    group: string,
    handler: (batch: Message[]) => Promise<void>,
    { window = 0 }: SubscribeOptions = {},
  ): Promise<Unsubscribe> {
    const name = `${topic} for ${group}`
    const subscription = new KafkaSubscription({
      topic,
      window,
      handler,
      join: () => this.#client.consumer(memberGroup(group, topic)),
      declare: () => this.#catalogue.declare(topic),
      polled: () => this.#health.polled(subscription, name),
      failed: (error) => void this.#health.fails(error),
    })
    this.#health.polled(subscription, name)
    this.#subscriptions.add(subscription)
    return async () => {
      await subscription.end()
      this.#subscriptions.delete(subscription)
      this.#health.forget(subscription)
    }
  }

  read(topic: string, partition: number, from: number, max: number): Promise<Message[]> {
    return this.#answered(() => this.#catalogue.read(topic, partition, from, max))
  }

  extent(topic: string): Promise<Extent[]> {
    return this.#answered(() => this.#catalogue.extent(topic))
  }

  lag(topic: string, group: string): Promise<number> {
    return this.#answered(() => this.#catalogue.lag(topic, memberGroup(group, topic)))
  }

  /** Ends what is under way, and every connection; brokers that do not answer are not waited for. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#probe)
    const ended = Promise.all([...this.#subscriptions].map((subscription) => subscription.end()))
    const closed = ended.then(() => Promise.all([this.#writer.close(), this.#catalogue.close()]))
    const patience = Promise.withResolvers<void>()
    const timer = setTimeout(patience.resolve, CLOSE_MS)
    await Promise.race([closed, patience.promise])
    clearTimeout(timer)
  }

  async #look(): Promise<void> {
    try {
      await this.#catalogue.probe()
      this.#health.serves()
    } catch (error) {
      if (!this.#isClosed) this.#health.fails(error)
    }
    if (!this.#isClosed) this.#probe = setTimeout(() => void this.#look(), PROBE_MS).unref()
  }

  async #answered<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question()
    } catch (error) {
      throw new TopicsUnavailable(this.#health.fails(error))
    }
  }
}

/** Durable topics on the brokers of an address, in a form that brokersOf reads. */
export const kafkaTopics = (brokers: string, logger: Log): KafkaTopics => new KafkaTopics(brokers, logger)
