import type { ExecutionSummary } from '../executions/executions.contract.ts'
import { Bells } from './bells.ts'

export type Found = { ended: boolean; state: ExecutionSummary['state'] }

const REMEMBERED = 1000

/** Tells of the ends of runs to those who wait for one, also to those who come a moment after it. */
export class Ends {
  readonly #bells = new Bells()
  readonly #latest = new Map<string, Found>()

  tell(id: string, state: Found['state']): void {
    this.#latest.set(id, { ended: true, state })
    const [oldest] = this.#latest.keys()
    if (this.#latest.size > REMEMBERED && oldest !== undefined) this.#latest.delete(oldest)
    this.#bells.ring(id)
  }

  /** Ends every wait, for good. */
  stop(): void {
    this.#bells.ringAll()
  }

  /**
   * Waits for the end of a run, and asks every so often, since it may be told to nobody. Where the caller knows that it
   * was `alive` a moment ago, nobody is asked at first.
   */
  async until(id: string, forMs: number, everyMs: number, alive: boolean, ask: () => Promise<Found>): Promise<Found> {
    let looks = 0
    const found = await this.#bells.until<Found | null>(id, forMs, everyMs, async () => {
      const isFirst = looks++ === 0
      const told = isFirst && !alive ? undefined : this.#latest.get(id)
      const value = told ?? (isFirst && alive ? null : await ask())
      return { value, done: value?.ended ?? false }
    })
    return found ?? ask()
  }
}
