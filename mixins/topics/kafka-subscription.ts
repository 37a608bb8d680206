import { setTimeout as pause } from 'node:timers/promises'
import type { Consumer, EachBatchPayload } from './kafka-client.ts'
import { KafkaPositions } from './kafka-positions.ts'
import { messageIn } from './kafka-record.ts'
import { KafkaShare } from './kafka-share.ts'
import type { Message } from './topics.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000
/** A member that cannot take its leave, because nobody answers, is missed by the group soon enough. */
const LEAVE_MS = 3000

export type Membership = {
  topic: string
  window: number
  handler: (batch: Message[]) => Promise<void>
  /** A new member of the group. */
  join: () => Consumer
  /** Resolves when the topic is there. */
  declare: () => Promise<unknown>
  polled: () => void
  failed: (error: unknown) => void
}

/**
 * One member of a group, for as long as it is wanted: when it crashes another takes its place.
 *
 * It fetches and beats all the time, however long handlers take, so that nobody else is disturbed by that. What was
 * fetched is handed over by shares, one for each partition of this member; one that has enough is not fetched.
 */
export class KafkaSubscription {
  readonly #membership: Membership
  readonly #shares = new Map<number, KafkaShare>()
  readonly #leaving = new Set<Promise<void>>()
  readonly #positions = new KafkaPositions()
  readonly #ending = new AbortController()
  readonly #over = Promise.withResolvers<void>()
  readonly #running: Promise<void>
  #consumer: Consumer | undefined
  #failures = 0

  constructor(membership: Membership) {
    this.#membership = membership
    this.#running = this.#run()
  }

  /** Takes nothing more; resolves when the handlers under way are over and the group knows how far they came. */
  async end(): Promise<void> {
    this.#ending.abort()
    for (const partition of [...this.#shares.keys()]) this.#leave(partition, false)
    await Promise.all(this.#leaving)
    await this.#positions.flush()
    this.#over.resolve()
    await Promise.race([this.#running, pause(LEAVE_MS, undefined, { ref: false })])
  }

  async #run(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const consumer = this.#membership.join()
      try {
        await this.#live(consumer)
      } catch (error) {
        this.#membership.failed(error)
      }
      this.#consumer = undefined
      this.#positions.tellBy(undefined)
      if (!this.#ending.signal.aborted) this.#assign([])
      await consumer.disconnect().catch(() => undefined)
      await this.#rest()
    }
  }

  /** Resolves when the subscription ends; rejects when the member has crashed. */
  async #live(consumer: Consumer): Promise<void> {
    const { topic, declare, polled } = this.#membership
    const crash = Promise.withResolvers<never>()
    // Whoever waits for it may not have come that far.
    crash.promise.catch(() => undefined)
    consumer.on('consumer.crash', ({ payload }) => crash.reject(payload.error))
    consumer.on('consumer.group_join', ({ payload }) => this.#assign(payload.memberAssignment[topic] ?? []))
    consumer.on('consumer.fetch', () => {
      this.#failures = 0
      polled()
    })
    await declare()
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    this.#consumer = consumer
    const eachBatch = (payload: EachBatchPayload) => this.#take(payload)
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })
    await Promise.race([crash.promise, this.#over.promise])
  }

  async #take({ batch, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> {
    const { topic } = this.#membership
    const share = this.#shares.get(batch.partition)
    if (!share || batch.topic !== topic) return
    this.#positions.tellBy((partitions) => commitOffsetsIfNecessary({ topics: [{ topic, partitions }] }))
    const { isFull } = share.take(batch.messages.map((record) => messageIn(topic, batch.partition, record)))
    // Where to fetch on; the group's position stays where it is.
    resolveOffset(batch.lastOffset())
    if (isFull) this.#consumer?.pause([{ topic, partitions: [batch.partition] }])
  }

  #assign(partitions: number[]): void {
    if (this.#ending.signal.aborted) return
    for (const partition of [...this.#shares.keys()]) if (!partitions.includes(partition)) this.#leave(partition, true)
    for (const partition of partitions) {
      if (!this.#shares.has(partition)) this.#shares.set(partition, this.#share(partition))
    }
  }

  #share(partition: number): KafkaShare {
    const { topic, window, handler } = this.#membership
    const share: KafkaShare = new KafkaShare({
      window,
      handler,
      advance: (next) => {
        if (this.#ours(partition, share)) this.#positions.move(partition, next)
      },
      drained: () => {
        if (this.#ours(partition, share)) this.#consumer?.resume([{ topic, partitions: [partition] }])
      },
    })
    return share
  }

  // Those of a subscription that ends are its own until it has left.
  #ours(partition: number, share: KafkaShare): boolean {
    const current = this.#shares.get(partition)
    return current === share || (current === undefined && this.#ending.signal.aborted)
  }

  #leave(partition: number, isLost: boolean): void {
    const share = this.#shares.get(partition)
    this.#shares.delete(partition)
    if (isLost) this.#positions.drop(partition)
    const left = share?.end().finally(() => this.#leaving.delete(left as Promise<void>))
    if (left) this.#leaving.add(left)
  }

  async #rest(): Promise<void> {
    const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(10, this.#failures++))
    await pause(ms, undefined, { signal: this.#ending.signal }).catch(() => undefined)
  }
}
