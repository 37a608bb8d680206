import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Place } from './place.ts'

/** How much may wait. */
export type GreenRoomOptions = {
  /** Memory that waiting sandboxes may take together. */
  memoryBytes: number
  /** Most that wait for one kind of program. */
  most: number
}

const LEAST = 2
const OLDEST_MS = 10 * 60_000
const LOOK_MS = 10
const CORES = availableParallelism()

/** What waits for one kind of program. */
class Pool {
  readonly make: () => Promise<Place>
  readonly idle: { place: Place; since: number }[] = []
  wanted = LEAST
  usedAt = performance.now()
  /** What one of them takes, once that is known. */
  each = 0

  constructor(make: () => Promise<Place>) {
    this.make = make
  }

  take(): Place | null {
    this.usedAt = performance.now()
    for (let next = this.idle.shift(); next; next = this.idle.shift()) {
      if (next.place.isAlive) return next.place
      void next.place.discard()
    }
    return null
  }
}

/**
 * The green room: sandboxes that wait, fully isolated, with the interpreter already up. Each is handed one program,
 * used once and thrown away; it fills again when there is nothing more urgent to do, and grows with demand.
 */
export class GreenRoom {
  readonly #options: GreenRoomOptions
  readonly #busy: () => number
  readonly #pools = new Map<string, Pool>()
  #takenAt = 0
  #filling: Promise<void> | null = null
  #isClosed = false

  constructor(options: GreenRoomOptions, busy: () => number) {
    this.#options = options
    this.#busy = busy
  }

  /** A sandbox that waited; null where none does. From the first call on, one will. */
  take(key: string, make: () => Promise<Place>): Place | null {
    const pool = this.#pool(key, make)
    const place = pool.take()
    this.#takenAt = performance.now()
    if (!place) pool.wanted = Math.min(Math.max(LEAST, pool.wanted * 2), this.#options.most)
    this.#fill()
    return place
  }

  /** Lets the first sandboxes of a kind come up. */
  welcome(key: string, make: () => Promise<Place>): void {
    this.#pool(key, make)
    this.#fill()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#filling
    const all = [...this.#pools.values()].flatMap(({ idle }) => idle.splice(0))
    await Promise.all(all.map(({ place }) => place.discard()))
  }

  #pool(key: string, make: () => Promise<Place>): Pool {
    const pool = this.#pools.get(key) ?? new Pool(make)
    this.#pools.set(key, pool)
    return pool
  }

  #fill(): void {
    this.#filling ??= this.#refill().finally(() => {
      this.#filling = null
    })
  }

  async #refill(): Promise<void> {
    // Whoever has just been given a sandbox goes first.
    await sleep(LOOK_MS)
    while (!this.#isClosed) {
      this.#expire()
      const pool = this.#neediest()
      if (!pool) return
      if (!this.#isQuiet()) await sleep(LOOK_MS)
      else await this.#add(pool)
    }
  }

  async #add(pool: Pool): Promise<void> {
    try {
      const place = await pool.make()
      pool.each = place.read().memoryPeakBytes
      pool.idle.push({ place, since: performance.now() })
    } catch {
      // The next program is run from nothing, and tells what is wrong where that fails too.
      pool.wanted = 0
    }
  }

  // What waits must not slow down what runs.
  #isQuiet(): boolean {
    const [since, busy] = [performance.now() - this.#takenAt, this.#busy()]
    return busy === 0 || since > (busy < CORES ? 25 : 300)
  }

  #neediest(): Pool | undefined {
    const pools = [...this.#pools.values()].filter((pool) => pool.idle.length < pool.wanted)
    const taken = [...this.#pools.values()].reduce((sum, { idle, each }) => sum + idle.length * each, 0)
    return pools
      .filter(({ each }) => taken + each <= this.#options.memoryBytes)
      .sort((one, two) => two.usedAt - one.usedAt)[0]
  }

  // A kind that nobody has asked for keeps the least, and one that waited too long is replaced.
  #expire(): void {
    const now = performance.now()
    for (const pool of this.#pools.values()) {
      if (now - pool.usedAt > OLDEST_MS) pool.wanted = Math.min(pool.wanted, LEAST)
      const old = pool.idle.filter(({ since, place }) => now - since > OLDEST_MS || !place.isAlive)
      for (const waiting of old) {
        pool.idle.splice(pool.idle.indexOf(waiting), 1)
        // Not again before somebody asks: an interpreter that dies while it waits would do so for ever.
        if (!waiting.place.isAlive) pool.wanted = 0
        void waiting.place.discard()
      }
    }
  }
}
