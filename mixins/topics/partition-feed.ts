import { setTimeout as pause } from 'node:timers/promises'
import type { Message } from './topics.ts'

const BATCH = 100
const PAUSES_MS = [50, 100, 200, 400, 800, 1600, 3200, 5000]

export type Partition = {
  handler: (batch: Message[]) => Promise<void>
  /** How many messages may be under way beyond the first batch. */
  window: number
  /** Where the group stands. */
  position: () => number
  read: (from: number, max: number) => Message[]
  advance: (next: number) => Promise<unknown>
  ending: AbortSignal
}

type Flight = { size: number; next: number; outcome?: 'seen' | 'left' }

/**
 * Hands one partition to one handler, batch by batch. Batches may overlap up to the window; the group's position
 * moves only over batches that are over, so that whatever was under way in a crash is delivered again.
 */
export class PartitionFeed {
  readonly #partition: Partition
  readonly #flights: Flight[] = []
  #next: number | undefined
  #awake: () => void = () => undefined

  constructor(partition: Partition) {
    this.#partition = partition
  }

  /** Something may have been appended. */
  wake(): void {
    this.#awake()
  }

  /** Resolves when nothing is left to deliver and no handler runs, or when the subscription ends and no handler runs. */
  async drain(): Promise<void> {
    while (true) {
      const woken = new Promise<void>((resolve) => {
        this.#awake = resolve
      })
      await this.#settle()
      this.#launch()
      if (this.#flights.length === 0 || this.#isGivenUp()) return
      await woken
    }
  }

  #isGivenUp(): boolean {
    return this.#flights[0]?.outcome === 'left' && this.#flights.every(({ outcome }) => outcome)
  }

  #launch(): void {
    while (!this.#partition.ending.aborted) {
      const underway = this.#flights.reduce((sum, { size }) => sum + size, 0)
      const room = this.#flights.length === 0 ? BATCH : Math.min(BATCH, this.#partition.window - underway)
      const batch = room > 0 ? this.#read(room) : []
      const last = batch.at(-1)
      if (!last) return
      this.#next = last.offset + 1
      const flight: Flight = { size: batch.length, next: this.#next }
      this.#flights.push(flight)
      void this.#fly(batch, flight)
    }
  }

  // What cannot be read now is read when the subscription looks again.
  #read(max: number): Message[] {
    try {
      this.#next ??= this.#partition.position()
      return this.#partition.read(this.#next, max)
    } catch (error) {
      if ((error as { retryable?: boolean }).retryable) return []
      throw error
    }
  }

  async #fly(batch: Message[], flight: Flight): Promise<void> {
    flight.outcome = (await this.#persist(() => this.#partition.handler(batch))) ? 'seen' : 'left'
    this.#awake()
  }

  async #settle(): Promise<void> {
    const open = this.#flights.findIndex(({ outcome }) => outcome !== 'seen')
    const seen = this.#flights.splice(0, open < 0 ? this.#flights.length : open)
    const last = seen.at(-1)
    if (last) await this.#persist(() => this.#partition.advance(last.next))
  }

  /** Tries until it succeeds, or the subscription ends: then false. The handler itself reports why it rejects. */
  async #persist(attempt: () => Promise<unknown>): Promise<boolean> {
    const { ending } = this.#partition
    for (let failures = 0; ; failures++) {
      try {
        await attempt()
        return true
      } catch {
        const ms = PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)]
        await pause(ms, undefined, { signal: ending, ref: false }).catch(() => undefined)
        if (ending.aborted) return false
      }
    }
  }
}
