export type NewJob = {
  /** Identity of the work: a second `add` with an id that waits, runs or is delayed is a duplicate. */
  id: string
  payload: unknown
  /** 0 is served first. */
  priority: number
  delayMs?: number
}

/** A job under a lease. `token` fences: calls with a token whose lease was lost have no effect. */
export type Job = { id: string; payload: unknown; priority: number; attempt: number; token: string }

export type DeadJob = { id: string; payload: unknown; attempts: number; error: string; at: number }

/** Whoever waits for jobs, and how many it could begin with at any moment; it is told how many it has been given. */
export type Claim = { consumer: string; leaseMs: number; free(): number; took(jobs: number): void }

/** A worker of this process that waits and is free, kept for one job, which must be added in any case. */
export interface Reservation {
  readonly consumer: string
  /** Adds the job, leased to it; rejects where the job could not be written, and then the worker is free again. */
  add(job: Omit<NewJob, 'delayMs'>): Promise<void>
}

export type QueueStats = { waiting: number; delayed: number; running: number; dead: number }

/**
 * A queue of work in which exactly one worker holds each job at a time.
 *
 * Promises: strict order by priority, then by arrival; a job whose lease runs out is handed out again with
 * `attempt` + 1; what was added survives a crash of any process.
 */
export interface WorkQueue {
  add(job: NewJob, options?: { limit?: number }): Promise<'added' | 'duplicate' | 'full'>
  /**
   * Keeps whoever waits in this process and is free for the job that the caller adds next; null where there is nobody, or
   * another job may go first.
   */
  reserve(): Reservation | null
  /** At most `max` ready jobs, leased to this consumer; empty when there is none. Never waits. */
  take(consumer: string, max: number, leaseMs: number): Promise<Job[]>
  /**
   * Resolves as soon as a job may be ready, or after `timeoutMs`; a hint, not a promise. With a claim it may resolve with
   * jobs that were taken for it, never more than are free, which saves asking for what woke it.
   */
  ready(timeoutMs: number, claim?: Claim): Promise<Job[]>
  /** Renews leases; returns the ids whose lease was already lost. */
  extend(jobs: Job[], leaseMs: number): Promise<string[]>
  /** The work is done; false when the lease was lost. */
  ack(job: Job): Promise<boolean>
  /** Gives the job back untouched, e.g. on drain: it is ready at once and its attempt is not counted. */
  release(job: Job): Promise<boolean>
  /** The work failed: ready again after `retryInMs`, or buried. */
  fail(job: Job, error: string, then: { retryInMs: number } | 'bury'): Promise<boolean>
  /** Takes back a job that waits or is delayed; false when it runs or is unknown. */
  remove(id: string): Promise<boolean>
  stats(): Promise<QueueStats>
  dead(max: number): Promise<DeadJob[]>
  /** Makes a buried job ready again, with its attempts at zero; false when it is unknown. */
  revive(id: string): Promise<boolean>
}
