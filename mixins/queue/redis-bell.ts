import { setTimeout as pause } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { drop } from '../redis/connection.ts'

const LISTEN_MS = 2000
const LATE_MS = 5000
const RETRY_MS = 200

/** Hears the bell of one queue, wherever it is rung, for all in this process who wait. */
export class RedisBell {
  readonly #open: () => Redis
  readonly #key: string
  readonly #waiting = new Set<() => void>()
  #connection: Redis | undefined
  #heard = ''
  #isListening = false

  constructor(open: () => Redis, key: string) {
    this.#open = open
    this.#key = key
  }

  /** Calls `ring` once or more when there was a ring after `seen`, until the returned function is called. */
  listen(seen: string, ring: () => void): () => void {
    this.#waiting.add(ring)
    if (!this.#isListening) {
      this.#heard = seen
      void this.#listen()
    } else if (this.#heard !== seen) ring()
    return () => this.#waiting.delete(ring)
  }

  async #listen(): Promise<void> {
    this.#isListening = true
    this.#connection ??= this.#open()
    const connection = this.#connection
    while (this.#waiting.size > 0 && connection.status !== 'end') {
      const late = setTimeout(() => drop(connection), LATE_MS).unref()
      try {
        const rung = await connection.xread('BLOCK', LISTEN_MS, 'STREAMS', this.#key, this.#heard)
        this.#heard = rung?.[0]?.[1].at(-1)?.[0] ?? this.#heard
        if (rung) for (const ring of [...this.#waiting]) ring()
      } catch {
        // Whoever waits looks by itself before long; the connection is made again meanwhile.
        await pause(RETRY_MS, undefined, { ref: false })
      } finally {
        clearTimeout(late)
      }
    }
    this.#isListening = false
  }
}
