const WEIGHT = 0.1
const FIRST_GUESS_MS = 1000
const MOST_SECONDS = 300

/** How long runs take lately, as an exponentially weighted mean: enough for an honest "about". */
export class Pace {
  #meanMs: number | null = null

  ran(wallMs: number): void {
    this.#meanMs = this.#meanMs === null ? wallMs : this.#meanMs + WEIGHT * (wallMs - this.#meanMs)
  }

  /** Whole seconds, at least 1, until this many runs have gone through the slots. */
  secondsFor(runs: number, slots: number): number {
    const ms = ((this.#meanMs ?? FIRST_GUESS_MS) * runs) / Math.max(1, slots)
    return Math.min(MOST_SECONDS, Math.max(1, Math.ceil(ms / 1000)))
  }
}
