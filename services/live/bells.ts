type Look<T> = () => Promise<{ value: T; done: boolean }>

/** Wakes those who wait for news of a run. A ring that nobody hears is forgotten, so look first and then wait. */
export class Bells {
  readonly #waiting = new Map<string, Set<() => void>>()
  #stopped = false

  ring(id: string): void {
    const woken = this.#waiting.get(id)
    this.#waiting.delete(id)
    for (const wake of woken ?? []) wake()
  }

  /** Ends every wait, for good. */
  ringAll(): void {
    this.#stopped = true
    for (const id of [...this.#waiting.keys()]) this.ring(id)
  }

  /** Looks at once and after every ring until it is done or the time is over; the last look is the answer. */
  async until<T>(id: string, forMs: number, everyMs: number, look: Look<T>): Promise<T> {
    const deadline = Date.now() + forMs
    for (;;) {
      const rung = this.#next(id)
      const { value, done } = await look()
      const left = deadline - Date.now()
      if (done || left <= 0 || this.#stopped) {
        rung.forget()
        return value
      }
      // A timer may fire a moment before its time; the look after it would be made twice.
      await rung.within(Math.min(left + 2, everyMs))
    }
  }

  // Listening begins before the look, so that news in between is not missed.
  #next(id: string) {
    let wake = () => {}
    const heard = new Promise<void>((resolve) => {
      wake = resolve
    })
    const set = this.#waiting.get(id) ?? new Set()
    this.#waiting.set(id, set.add(wake))
    const forget = () => {
      set.delete(wake)
      if (set.size === 0 && this.#waiting.get(id) === set) this.#waiting.delete(id)
    }
    const within = async (ms: number) => {
      const timer = setTimeout(wake, ms)
      await heard
      clearTimeout(timer)
      forget()
    }
    return { forget, within }
  }
}
