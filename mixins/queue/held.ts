import type { Job, WorkQueue } from './queue.ts'

export type Log = { warn(data: object, message: string): void }

type Options = { queue: WorkQueue; leaseMs: number; logger: Log }
type Hold = { lost: AbortController; until: number; isSettling: boolean }

/** Renews the leases of the jobs that a worker holds, three times in its length, and tells when one was lost. */
export class Held {
  readonly #options: Options
  readonly #holds = new Map<Job, Hold>()
  readonly #beat: NodeJS.Timeout
  #isBeating = false

  constructor(options: Options) {
    this.#options = options
    this.#beat = setInterval(() => void this.#renew(), options.leaseMs / 3).unref()
  }

  /** Renews the lease of a job that was just taken until it is let go; the signal aborts when the lease is lost. */
  hold(job: Job): AbortSignal {
    const lost = new AbortController()
    this.#holds.set(job, { lost, until: performance.now() + this.#options.leaseMs, isSettling: false })
    return lost.signal
  }

  /** The work is over and its outcome on the way: the lease is renewed no more. */
  settle(job: Job): void {
    const hold = this.#holds.get(job)
    if (hold) hold.isSettling = true
  }

  letGo(job: Job): void {
    this.#holds.delete(job)
  }

  isLost(job: Job): boolean {
    return (this.#holds.get(job)?.until ?? 0) < performance.now()
  }

  /** Tells all work to leave its job; the leases are still renewed until it has. */
  abandon(): void {
    for (const { lost } of this.#holds.values()) lost.abort(new DOMException('The worker stops.', 'AbortError'))
  }

  end(): void {
    clearInterval(this.#beat)
  }

  async #renew(): Promise<void> {
    const asked = [...this.#holds].filter(([, { isSettling }]) => !isSettling).map(([job]) => job)
    if (this.#isBeating || asked.length === 0) return
    this.#isBeating = true
    const { queue, leaseMs, logger } = this.#options
    const until = performance.now() + leaseMs
    try {
      const lost = new Set(await queue.extend(asked, leaseMs))
      for (const job of asked) this.#renewed(job, lost.has(job.id) ? 0 : until)
    } catch (error) {
      logger.warn({ error: String(error) }, 'leases could not be renewed')
    } finally {
      this.#isBeating = false
    }
    // A lease that could not be renewed in time is another worker's by now.
    for (const job of asked) if (this.isLost(job)) this.#lose(job)
  }

  #renewed(job: Job, until: number): void {
    const hold = this.#holds.get(job)
    if (hold && !hold.isSettling) hold.until = until
  }

  #lose(job: Job): void {
    const hold = this.#holds.get(job)
    if (!hold || hold.isSettling || hold.lost.signal.aborted) return
    this.#options.logger.warn({ id: job.id, attempt: job.attempt }, 'a lease was lost')
    hold.lost.abort(new DOMException('The lease was lost.', 'AbortError'))
  }
}
