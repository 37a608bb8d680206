import { brokersOf } from '../../mixins/topics/kafka-address.ts'
import { KafkaClient, type Producer } from '../../mixins/topics/kafka-client.ts'
import { partitionOf } from '../../mixins/topics/kafka-murmur2.ts'
import type { Event } from './kafka-cluster.ts'

/** A client as others write it: what it is given goes to several partitions in one send. */
export class UnguardedClient {
  readonly #topic: string
  readonly #partitions: number
  readonly #producer: Producer

  constructor(url: string, topic: string, partitions: number) {
    this.#producer = new KafkaClient(brokersOf(url)).producer()
    this.#topic = topic
    this.#partitions = partitions
  }

  /** Whether it was acknowledged. */
  async send(events: readonly Event[]): Promise<boolean> {
    await this.#producer.connect()
    const messages = events.map((event) => ({
      key: event.key,
      value: JSON.stringify(event),
      partition: partitionOf(event.key, this.#partitions),
    }))
    const sent = this.#producer.send({ topic: this.#topic, acks: -1, messages })
    return sent.then(
      () => true,
      () => false,
    )
  }

  close(): Promise<void> {
    return this.#producer.disconnect()
  }
}
