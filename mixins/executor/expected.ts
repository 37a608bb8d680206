import type { Program } from './executor.ts'
import { type Found, jobOf } from './places.ts'

/** How long a sandbox waits for the word to begin. */
const KEPT_MS = 2000

type Waiting = (program: Program) => Promise<Found | null>

/** Sandboxes that have been handed programs which have not begun: what takes time before is done by then. */
export class Expected {
  readonly #waiting: Waiting
  readonly #coming = new Map<string, { found: Promise<Found | null>; late: NodeJS.Timeout }>()
  readonly #leaving = new Set<Promise<void>>()

  /** `waiting` finds a program a sandbox that waits. */
  constructor(waiting: Waiting) {
    this.#waiting = waiting
  }

  get size(): number {
    return this.#coming.size
  }

  add(program: Program): void {
    const { id } = program
    if (this.#coming.has(id)) return
    const late = setTimeout(() => this.#forget(id), KEPT_MS).unref()
    this.#coming.set(id, { found: this.#handOver(program), late })
  }

  /**
   * The sandbox that has the program, which is the caller's from now on; null where none was to be had, undefined where
   * none was asked for.
   */
  async take(id: string): Promise<Found | null | undefined> {
    const coming = this.#coming.get(id)
    if (!coming) return undefined
    clearTimeout(coming.late)
    this.#coming.delete(id)
    return await coming.found
  }

  async close(): Promise<void> {
    for (const id of this.#coming.keys()) this.#forget(id)
    await Promise.all(this.#leaving)
  }

  #forget(id: string): void {
    const leaving = this.take(id)
      .then((found) => found?.place.discard())
      .catch((error: Error) => console.error('A sandbox could not be cleared away:', error))
    this.#leaving.add(leaving)
    void leaving.then(() => this.#leaving.delete(leaving))
  }

  // Where none can be had now, the program is found one, and what is wrong, when it is started.
  async #handOver(program: Program): Promise<Found | null> {
    try {
      const found = await this.#waiting(program)
      found?.place.sandbox.send(jobOf(program, found.task))
      return found && { ...found, hasJob: true }
    } catch {
      return null
    }
  }
}
