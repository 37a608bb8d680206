import { PartitionFeed } from './partition-feed.ts'
import type { Message } from './topics.ts'

const MOST = 4000
const MOST_BYTES = 4_000_000

export type ShareOptions = {
  window: number
  handler: (batch: Message[]) => Promise<void>
  /** The group's position may move up to this offset. */
  advance: (next: number) => void
  /** There is room again, after there was none. */
  drained: () => void
}

/** A partition that is this member's: what was fetched of it waits here for the handler, up to a limit. */
export class KafkaShare {
  readonly #options: ShareOptions
  readonly #feed: PartitionFeed
  readonly #ending = new AbortController()
  readonly #buffer: Message[] = []
  #bytes = 0
  #expected = 0
  #isFull = false
  #running: Promise<void> | undefined

  constructor(options: ShareOptions) {
    this.#options = options
    this.#feed = new PartitionFeed({
      handler: options.handler,
      window: options.window,
      position: () => this.#buffer[0]?.offset ?? 0,
      read: (_, max) => this.#read(max),
      advance: async (next) => options.advance(next),
      ending: this.#ending.signal,
    })
  }

  /** Takes what is new; after a change of the group what is here already is fetched again. Says whether that is enough. */
  take(messages: Message[]): { isFull: boolean } {
    const fresh = messages.filter(({ offset }) => offset >= this.#expected)
    this.#expected = (fresh.at(-1)?.offset ?? this.#expected - 1) + 1
    for (const message of fresh) {
      this.#buffer.push(message)
      this.#bytes += message.bytes?.length ?? 0
    }
    this.#isFull = this.#buffer.length > MOST || this.#bytes > MOST_BYTES
    if (this.#running) this.#feed.wake()
    else this.#running = this.#run()
    return { isFull: this.#isFull }
  }

  /** Begins nothing more; resolves when no handler runs. */
  async end(): Promise<void> {
    this.#ending.abort()
    this.#feed.wake()
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#buffer.length > 0 && !this.#ending.signal.aborted) await this.#feed.drain()
    this.#running = undefined
  }

  #read(max: number): Message[] {
    const batch = this.#buffer.splice(0, max)
    for (const { bytes } of batch) this.#bytes -= bytes?.length ?? 0
    if (this.#isFull && this.#buffer.length < MOST / 2 && this.#bytes < MOST_BYTES / 2) {
      this.#isFull = false
      this.#options.drained()
    }
    return batch
  }
}
