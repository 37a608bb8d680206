import { setTimeout as pause } from 'node:timers/promises'
import type { KafkaClient, Producer } from './kafka-client.ts'
import type { KafkaHealth } from './kafka-health.ts'
import { KafkaLane } from './kafka-lane.ts'
import type { NewRecord } from './kafka-record.ts'
import { isUnknownTopic, TopicsUnavailable } from './kafka-refusals.ts'

/** How long a batch is sent again before its writers are told; they know best whether to go on. */
const GIVE_UP_MS = 10_000
const ACKNOWLEDGED_MS = 5000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1000

type Held = { producer: Producer; ready: Promise<void>; users: number; isSpent: boolean }

/**
 * Writes records to partitions, one batch of a partition at a time.
 *
 * Promises: what resolves lies on every copy that must have it; a producer that has once been refused is not used for
 * anything that follows. Its count of what a partition holds may be wrong then, and a broker would take other messages
 * for a repetition, and drop them: they are sent with a new one, and what was refused before is sent once more.
 */
export class KafkaWriter {
  readonly #client: KafkaClient
  readonly #health: KafkaHealth
  readonly #gone: (topic: string) => void
  readonly #lanes = new Map<string, KafkaLane>()
  readonly #ending = new AbortController()
  #held: Held | undefined

  /** `gone` is told of a topic that is not where it was. */
  constructor(client: KafkaClient, health: KafkaHealth, gone: (topic: string) => void) {
    this.#client = client
    this.#health = health
    this.#gone = gone
  }

  /** Resolves when all are safe, in this order; rejects with TopicsUnavailable when that is not known. */
  write(topic: string, partition: number, records: NewRecord[]): Promise<void> {
    const name = `${topic}\n${partition}`
    const lane = this.#lanes.get(name) ?? new KafkaLane((batch) => this.#persist(topic, partition, batch))
    this.#lanes.set(name, lane)
    return lane.push(records)
  }

  async close(): Promise<void> {
    this.#ending.abort()
    await Promise.all([...this.#lanes.values()].map((lane) => lane.end()))
    if (this.#held) await this.#spend(this.#held)
  }

  async #persist(topic: string, partition: number, records: NewRecord[]): Promise<void> {
    const begun = performance.now()
    for (let ms = FIRST_PAUSE_MS; ; ms = Math.min(LONGEST_PAUSE_MS, ms * 2)) {
      try {
        await this.#send(topic, partition, records)
        return this.#health.serves()
      } catch (error) {
        const problem = this.#health.fails(error)
        if (isUnknownTopic(error)) this.#gone(topic)
        if (this.#ending.signal.aborted || performance.now() - begun > GIVE_UP_MS) throw new TopicsUnavailable(problem)
        await pause(ms, undefined, { signal: this.#ending.signal }).catch(() => undefined)
      }
    }
  }

  async #send(topic: string, partition: number, records: NewRecord[]): Promise<void> {
    const held = this.#hold()
    held.users++
    try {
      await held.ready
      const messages = records.map((record) => ({ ...record, partition }))
      await held.producer.send({ topic, acks: -1, timeout: ACKNOWLEDGED_MS, messages })
    } catch (error) {
      held.isSpent = true
      if (this.#held === held) this.#held = undefined
      throw error
    } finally {
      held.users--
      if (held.isSpent) void this.#spend(held)
    }
  }

  #hold(): Held {
    if (this.#held) return this.#held
    const producer = this.#client.producer()
    this.#held = { producer, ready: producer.connect(), users: 0, isSpent: false }
    return this.#held
  }

  // Others may still be waiting for what they have sent with it.
  async #spend(held: Held): Promise<void> {
    held.isSpent = true
    if (this.#held === held) this.#held = undefined
    if (held.users === 0) await held.producer.disconnect().catch(() => undefined)
  }
}
