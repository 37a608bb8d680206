import { randomUUID } from 'node:crypto'
import { Bell } from '../sqlite/bell.ts'
import type { Database, Row } from '../sqlite/database.ts'
import type { Claim, DeadJob, Job, NewJob, QueueStats, Reservation, WorkQueue } from './queue.ts'
import { sql } from './queue-sql.ts'
import { Standing, Standings } from './standing.ts'

type StoredJob = Omit<Job, 'token' | 'payload'> & { no: number; payload: string }
type StoredDead = Omit<DeadJob, 'payload'> & { payload: string }

const HINT = { durable: false }

type Added = { id: string; priority: number; payload: string }
type Handed = { to: Standing; job: Job }

class SqliteQueue implements WorkQueue {
  readonly #database: Database
  readonly #queue: string
  readonly #holder: string
  readonly #bell: Bell
  readonly #standings = new Standings()

  constructor(database: Database, queue: string, holder: string, bell: Bell) {
    this.#database = database
    this.#queue = queue
    this.#holder = holder
    this.#bell = bell
  }

  async add({ id, payload, priority, delayMs = 0 }: NewJob, { limit = Number.POSITIVE_INFINITY } = {}) {
    const due = delayMs > 0 ? Date.now() + delayMs : null
    const added = { id, priority, payload: JSON.stringify(payload ?? null) }
    const handed: Handed[] = []
    try {
      const outcome = await this.#write((): 'added' | 'duplicate' | 'full' => {
        if (this.#get(sql.find, { id })) return 'duplicate'
        if (this.#holds(limit)) return 'full'
        const to = due === null ? this.#standings.free() : undefined
        if (!to) this.#addPlain({ ...added, due })
        else {
          handed.push({ to, job: this.#addLeased(to, added) })
          to.keep()
        }
        return 'added'
      })
      for (const { to, job } of handed) to.give(job)
      if (handed.length === 0 && outcome === 'added') this.#bell.ring(this.#queue)
      return outcome
    } catch (error) {
      for (const { to } of handed) to.letGo()
      throw error
    }
  }

  reserve(): Reservation | null {
    const to = this.#standings.free()
    if (!to) return null
    to.keep()
    return { consumer: to.claim.consumer, add: (job) => this.#addFor(to, job) }
  }

  async #addFor(to: Standing, { id, payload, priority }: NewJob): Promise<void> {
    const added = { id, priority, payload: JSON.stringify(payload ?? null) }
    try {
      to.give(await this.#write(() => this.#addLeased(to, added)))
    } catch (error) {
      to.letGo()
      throw error
    }
  }

  #holds(jobs: number): boolean {
    return Number.isFinite(jobs) && (this.#get<{ jobs: number }>(sql.count)?.jobs ?? 0) >= jobs
  }

  async take(consumer: string, max: number, leaseMs: number): Promise<Job[]> {
    if (max < 1 || !this.#isReady()) return []
    return this.#write(() => this.#lease(consumer, max, leaseMs))
  }

  async ready(timeoutMs: number, claim?: Claim): Promise<Job[]> {
    const { promise: rung, resolve: wake } = Promise.withResolvers<void>()
    const silence = this.#bell.listen(this.#queue, wake)
    const standing = claim && new Standing(claim, wake)
    let timer: NodeJS.Timeout | undefined
    try {
      if (this.#isReady()) return []
      const next = this.#get<{ at: number | null }>(sql.nextChange)?.at ?? Number.POSITIVE_INFINITY
      if (standing) {
        standing.aloneUntil = next
        this.#standings.add(standing)
      }
      timer = setTimeout(wake, Math.max(0, Math.min(timeoutMs, next - Date.now() + 1))).unref()
      await rung
    } finally {
      clearTimeout(timer)
      silence()
      if (standing) this.#standings.remove(standing)
    }
    return (await standing?.jobs()) ?? []
  }

  /** Adds a job for whoever waits, who has it by the time that this is committed. */
  #addLeased({ claim: { consumer, leaseMs } }: Standing, { id, priority, payload }: Added): Job {
    const lease = Date.now() + leaseMs
    const token = randomUUID()
    this.#standings.readyFrom(lease)
    this.#run(sql.addLeased, { id, priority, payload, lease, holder: this.#holder, consumer, token })
    return { id, priority, attempt: 1, payload: JSON.parse(payload), token }
  }

  #addPlain(job: Values): void {
    this.#run(sql.add, job)
    this.#standings.readyFrom(0)
  }

  #lease(consumer: string, max: number, leaseMs: number): Job[] {
    const now = Date.now()
    this.#settle(now)
    const token = randomUUID()
    const lease = { lease: now + leaseMs, holder: this.#holder, consumer, token }
    this.#standings.readyFrom(now + leaseMs)
    return this.#all<StoredJob>(sql.ready, { max }).map(({ no, payload, ...job }) => {
      this.#database.run(sql.lease, { no, ...lease })
      return { ...job, payload: JSON.parse(payload), token }
    })
  }

  extend(jobs: Job[], leaseMs: number): Promise<string[]> {
    return this.#write(() => {
      const lease = Date.now() + leaseMs
      this.#standings.readyFrom(lease)
      const lost = jobs.filter((job) => this.#run(sql.extend, { ...held(job), lease }) === 0)
      return lost.map(({ id }) => id)
    })
  }

  ack(job: Job): Promise<boolean> {
    return this.#write(() => this.#run(sql.ack, held(job)) === 1)
  }

  async release(job: Job): Promise<boolean> {
    return this.#readying(() => this.#run(sql.release, held(job)) === 1)
  }

  async fail(job: Job, error: string, then: { retryInMs: number } | 'bury'): Promise<boolean> {
    return this.#readying(() => {
      const now = Date.now()
      if (then === 'bury') return this.#bury(job, error, now)
      const due = then.retryInMs > 0 ? now + then.retryInMs : null
      return this.#run(sql.retry, { ...held(job), due }) === 1
    })
  }

  remove(id: string): Promise<boolean> {
    return this.#write(() => this.#run(sql.remove, { id, now: Date.now(), holder: this.#holder }) === 1)
  }

  async stats(): Promise<QueueStats> {
    const stats = this.#get<QueueStats>(sql.stats, { now: Date.now(), holder: this.#holder })
    return { waiting: 0, delayed: 0, running: 0, dead: 0, ...stats }
  }

  async dead(max: number): Promise<DeadJob[]> {
    const rows = this.#all<StoredDead>(sql.listDead, { max })
    return rows.map((row) => ({ ...row, payload: JSON.parse(row.payload) }))
  }

  async revive(id: string): Promise<boolean> {
    return this.#readying(() => {
      const dead = this.#get<StoredJob>(sql.exhume, { id })
      if (!dead) return false
      // The same work may have been added anew in the meantime; it is one piece of work still.
      if (!this.#get(sql.find, { id })) this.#run(sql.add, { ...dead, due: null })
      return true
    })
  }

  /** Makes ready what is due and what lost its worker. */
  #settle(now: number): void {
    this.#run(sql.void, { now, holder: this.#holder })
    this.#run(sql.promote, { now })
  }

  #bury(job: Job, error: string, now: number): boolean {
    const dead = this.#get<StoredJob>(sql.bury, held(job))
    if (!dead) return false
    const { id, priority, attempt: attempts, payload } = dead
    this.#run(sql.dead, { id, priority, attempts, error, at: now, payload })
    return true
  }

  #isReady(): boolean {
    return this.#get<{ yes: number }>(sql.isReady, { now: Date.now(), holder: this.#holder })?.yes === 1
  }

  /** What may leave a job that nobody has. */
  async #readying(change: () => boolean): Promise<boolean> {
    const done = await this.#write(() => {
      this.#standings.readyFrom(0)
      return change()
    })
    if (done) this.#bell.ring(this.#queue)
    return done
  }

  // Jobs are hints: the store holds the truth, so that they need not survive a power cut, only the process.
  #write<T>(change: () => T): Promise<T> {
    return this.#database.write(change, HINT)
  }

  #get<R = Row>(statement: string, values: Values = {}): R | undefined {
    return this.#database.get<R>(statement, { queue: this.#queue, ...values })
  }

  #all<R>(statement: string, values: Values): R[] {
    return this.#database.all<R>(statement, { queue: this.#queue, ...values })
  }

  #run(statement: string, values: Values): number {
    return this.#database.run(statement, { queue: this.#queue, ...values })
  }
}

type Values = Record<string, string | number | null>

// A lease that has run out still counts until the queue has taken the job back: nobody else has it yet.
const held = ({ id, token }: Job) => ({ id, token })

/**
 * Queues in the data file, one object per name. One process owns the file, so that every lease of an earlier process
 * is void: a killed worker's jobs are ready at once, with their attempt counted.
 * Queues survive the end of the process at any moment, not a power cut: what they hold is rebuilt from the store.
 */
export const sqliteQueues = (database: Database): ((name: string) => WorkQueue) => {
  const holder = randomUUID()
  const bell = new Bell()
  const queues = new Map<string, WorkQueue>()
  return (name) => {
    const queue = queues.get(name) ?? new SqliteQueue(database, name, holder, bell)
    queues.set(name, queue)
    return queue
  }
}
