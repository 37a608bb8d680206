import { expect } from '@jest/globals'
import type { KafkaTopics } from '../../mixins/topics/kafka.ts'
import type { Event } from './kafka-cluster.ts'

const AT_ONCE = 50
const WRITERS = 5

const messageOf = ({ key, n }: Event) => ({ id: `${key}-${n}`, key, type: 'x', headers: {}, payload: { key, n } })

/** Several writers at once, each with keys of its own, who append as whoever relays an outbox does. */
export class Relay {
  readonly #topics: KafkaTopics
  readonly #topic: string
  /** How many appends were refused, and made again before what follows. */
  refused = 0

  constructor(topics: KafkaTopics, topic: string) {
    this.#topics = topics
    this.#topic = topic
  }

  /** Resolves when every event is safe. */
  async append(events: readonly Event[]): Promise<void> {
    const shares = Map.groupBy(events, ({ key }) => Number(key.split('-')[1]) % WRITERS)
    await Promise.all([...shares.values()].map((share) => this.#write(share)))
  }

  async #write(events: Event[]): Promise<void> {
    for (let at = 0; at < events.length; at += AT_ONCE) {
      const messages = events.slice(at, at + AT_ONCE).map(messageOf)
      while (!(await this.#isSafe(messages)));
    }
  }

  async #isSafe(messages: ReturnType<typeof messageOf>[]): Promise<boolean> {
    try {
      await this.#topics.append(this.#topic, messages)
      return true
    } catch (error) {
      expect(error).toMatchObject({ type: 'TOPICS_UNAVAILABLE', retryable: true })
      this.refused++
      return false
    }
  }
}
