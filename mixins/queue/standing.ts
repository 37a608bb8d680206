import type { Claim, Job } from './queue.ts'

/** Somebody who waits, and what was added for it. */
export class Standing {
  readonly claim: Claim
  /** Until when no job can be ready but one that is added. */
  aloneUntil = 0
  readonly #wake: () => void
  readonly #jobs: Job[] = []
  #kept = 0
  #settled: () => void = () => undefined

  constructor(claim: Claim, wake: () => void) {
    this.claim = claim
    this.#wake = wake
  }

  /** For a job that is not written yet. */
  keep(): void {
    this.#kept++
    this.claim.took(1)
  }

  /** The job that it was kept for is committed, and with it the lease. */
  give(job: Job): void {
    this.#jobs.push(job)
    this.#settle()
    this.#wake()
  }

  /** The job that it was kept for could not be written. */
  letGo(): void {
    this.claim.took(-1)
    this.#settle()
  }

  /** All that it was given, once it is kept for nothing any more: its wait may be over before a write is. */
  async jobs(): Promise<Job[]> {
    if (this.#kept > 0)
      await new Promise<void>((resolve) => {
        this.#settled = resolve
      })
    return this.#jobs
  }

  #settle(): void {
    if (--this.#kept === 0) this.#settled()
  }
}

/** All who wait for one queue. */
export class Standings {
  readonly #all = new Set<Standing>()

  add(standing: Standing): void {
    this.#all.add(standing)
  }

  remove(standing: Standing): void {
    this.#all.delete(standing)
  }

  /** Somebody who waits and is free; nobody where another job may go first. */
  free(): Standing | undefined {
    const now = Date.now()
    return this.#all.values().find(({ claim, aloneUntil }) => now < aloneUntil && claim.free() > 0)
  }

  /** Some job that nobody has then may be ready from that time on. */
  readyFrom(at: number): void {
    for (const standing of this.#all) standing.aloneUntil = Math.min(standing.aloneUntil, at)
  }
}
