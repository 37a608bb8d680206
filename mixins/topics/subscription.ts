import { PartitionFeed } from './partition-feed.ts'
import type { Message } from './topics.ts'

const POLL_MS = 1000

export type Source = {
  name: string
  partitions: number
  window: number
  handler: (batch: Message[]) => Promise<void>
  /** Partitions under way, of all subscriptions of this process; each belongs to one of a group at a time. */
  claims: Set<string>
  position: (partition: number) => number
  read: (partition: number, from: number, max: number) => Message[]
  advance: (partition: number, next: number) => Promise<unknown>
}

/** Delivers the partitions of one topic to one handler, all of them side by side. */
export class Subscription {
  readonly #source: Source
  readonly #ending = new AbortController()
  readonly #feeds = new Map<number, { feed: PartitionFeed; over: Promise<void> }>()
  readonly #poll: NodeJS.Timeout

  constructor(source: Source) {
    this.#source = source
    // Nothing depends on it but recovery: from a file that could not be read, or from another member that has left.
    this.#poll = setInterval(() => this.wake(), POLL_MS).unref()
  }

  /** Looks at every partition: something may have been appended. */
  wake(): void {
    for (let partition = 0; partition < this.#source.partitions; partition++) this.wakeOne(partition)
  }

  /** Looks at one partition. */
  wakeOne(partition: number): void {
    const running = this.#feeds.get(partition)
    if (running) running.feed.wake()
    else this.#start(partition)
  }

  /** Takes nothing more; resolves when the handlers under way are over. */
  async end(): Promise<void> {
    this.#ending.abort()
    clearInterval(this.#poll)
    await Promise.all([...this.#feeds.values()].map(({ over }) => over))
  }

  #start(partition: number): void {
    const { name, claims } = this.#source
    const claim = `${name}\n${partition}`
    if (this.#ending.signal.aborted || claims.has(claim)) return
    const feed = this.#feed(partition)
    claims.add(claim)
    const over = feed.drain().finally(() => {
      claims.delete(claim)
      this.#feeds.delete(partition)
    })
    this.#feeds.set(partition, { feed, over })
  }

  #feed(partition: number): PartitionFeed {
    const { handler, window, position, read, advance } = this.#source
    return new PartitionFeed({
      handler,
      window,
      position: () => position(partition),
      read: (from, max) => read(partition, from, max),
      advance: (next) => advance(partition, next),
      ending: this.#ending.signal,
    })
  }
}
