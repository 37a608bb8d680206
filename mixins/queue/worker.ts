import { setTimeout as pause } from 'node:timers/promises'
import { Held, type Log } from './held.ts'
import type { Job, WorkQueue } from './queue.ts'

/** What becomes of a job: it is done, or goes back untouched for somebody else. A rejection is a failure. */
export type Outcome = 'done' | 'release'

export type WorkerOptions = {
  queue: WorkQueue
  consumer: string
  leaseMs: number
  /** How many jobs may be under way at once, asked again before every take. */
  slots: () => number
  /** `lost` is aborted when the job belongs to somebody else by now, or must be left because the worker drains. */
  work: (job: Job, lost: AbortSignal) => Promise<Outcome>
  /** What becomes of a job whose work was rejected. */
  failed: (job: Job, error: unknown) => { retryInMs: number } | 'bury'
  logger: Log
  /** How long a stop waits for the jobs under way before it aborts them. */
  drainMs: number
}

const LOOK_MS = 1000
const MAX_PAUSE_MS = 5000

/**
 * Takes jobs as slots are free and holds their leases while they are worked on.
 *
 * Promises: never more jobs than slots; every job taken is acknowledged, failed or given back, unless its lease was
 * lost, which its work is told; no error of the queue or of the work ends it, only `stop`.
 */
export class Worker {
  readonly #options: WorkerOptions
  readonly #held: Held
  readonly #running = new Map<Job, Promise<void>>()
  #asked = 0
  #given = 0
  #isStopping = false
  #loop: Promise<void> | undefined
  #look: Promise<number> | undefined
  #pause: Promise<number> | undefined
  #nudge: () => void = () => undefined

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#held = new Held(options)
  }

  start(): void {
    this.#loop ??= this.#run()
  }

  /** More slots may be free than a moment ago. */
  wake(): void {
    this.#nudge()
  }

  /** Takes no more; resolves when every job under way is done or given back. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#nudge()
    await this.#loop
    if (this.#given > 0) await this.#look?.catch(() => undefined)
    const done = new AbortController()
    const over = Promise.all(this.#running.values()).finally(() => done.abort())
    await pause(this.#options.drainMs, undefined, { signal: done.signal }).catch(() => undefined)
    this.#held.abandon()
    await over
    this.#held.end()
  }

  async #run(): Promise<void> {
    let isEmpty = false
    for (let failures = 0; !this.#isStopping; ) {
      const nudged = new Promise<number>((resolve) => {
        this.#nudge = () => resolve(0)
      })
      try {
        const free = this.#free()
        const taken: number = free < 1 || isEmpty ? 0 : await this.#take(free)
        const isFull = taken >= free
        // Whoever waits and is given jobs is given all that there are for it.
        if (!this.#isStopping) isEmpty = (await Promise.race([nudged, isFull ? this.#wait() : this.#ready()])) > 0
        failures = 0
      } catch (error) {
        this.#options.logger.warn({ error: String(error) }, 'the queue cannot be reached; trying again')
        await Promise.race([nudged, pause(Math.min(MAX_PAUSE_MS, 100 * 2 ** failures++), undefined, { ref: false })])
      }
    }
  }

  /** How many more jobs may be taken; what has been asked for, or is on its way here, counts as taken. */
  #free(): number {
    return this.#isStopping ? 0 : this.#options.slots() - this.#running.size - this.#asked - this.#given
  }

  async #take(free: number): Promise<number> {
    const { queue, consumer, leaseMs } = this.#options
    this.#asked = free
    try {
      return await this.#begin(await queue.take(consumer, free, leaseMs))
    } finally {
      this.#asked = 0
    }
  }

  async #begin(jobs: Job[]): Promise<number> {
    if (this.#isStopping) {
      await Promise.all(jobs.map((job) => this.#options.queue.release(job)))
      return 0
    }
    for (const job of jobs) this.#running.set(job, this.#process(job))
    return jobs.length
  }

  // One look at a time: those that a nudge has overtaken would add up.
  #ready(): Promise<number> {
    this.#look ??= this.#lookOut().finally(() => {
      this.#look = undefined
    })
    return this.#look
  }

  async #lookOut(): Promise<number> {
    const { queue, consumer, leaseMs } = this.#options
    const took = (jobs: number) => {
      this.#given += jobs
    }
    const jobs = await queue.ready(LOOK_MS, { consumer, leaseMs, free: () => this.#free(), took })
    // Whoever has kept this worker counts on it: what it was given is under way, though it leaves.
    for (const job of jobs) this.#running.set(job, this.#process(job))
    this.#given -= jobs.length
    return jobs.length
  }

  #wait(): Promise<number> {
    this.#pause ??= pause(LOOK_MS, 0, { ref: false }).finally(() => {
      this.#pause = undefined
    })
    return this.#pause
  }

  async #process(job: Job): Promise<void> {
    const lost = this.#held.hold(job)
    const settle = await Promise.try(() => this.#options.work(job, lost)).then(
      (outcome) => () => (outcome === 'done' ? this.#options.queue.ack(job) : this.#options.queue.release(job)),
      (error) => this.#judge(job, error, lost),
    )
    this.#held.settle(job)
    await this.#settled(job, settle)
    this.#held.letGo(job)
    this.#running.delete(job)
    this.#nudge()
  }

  #judge(job: Job, error: unknown, lost: AbortSignal): () => Promise<boolean> {
    const { queue, logger, failed } = this.#options
    if (lost.aborted && error === lost.reason) return () => queue.release(job)
    // It was to be left, but not as it was taken: whoever has it next must know that somebody has had it.
    if (lost.aborted) return () => queue.fail(job, String(error), { retryInMs: 0 })
    logger.warn({ id: job.id, attempt: job.attempt, error: String(error) }, 'a job has failed')
    const then = failed(job, error)
    return () => queue.fail(job, String(error), then)
  }

  // Tried for as long as the lease is ours; after that the queue gives the job to somebody by itself.
  async #settled(job: Job, settle: () => Promise<boolean>): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        await settle()
        return
      } catch (error) {
        this.#options.logger.warn({ id: job.id, error: String(error) }, 'a job could not be settled')
        if (this.#held.isLost(job)) return
        await pause(Math.min(MAX_PAUSE_MS, 100 * 2 ** failures), undefined, { ref: false })
      }
    }
  }
}
