import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { StoreUnavailable } from '../store/unavailable.ts'
import { failure, reasonOf } from './failure.ts'
import type { Flusher } from './flusher.ts'

type Write = {
  run: () => unknown
  durable: boolean
  since: number
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}
type Disk = Pick<Flusher, 'written' | 'flush' | 'failure'>
type Outcome = { write: Write; value?: unknown; error?: unknown }

const BATCH = 1000
// How long a batch may hold up the event loop before its commit; the rest waits for the next.
const TURN_MS = 20
const PATIENCE_MS = 3000
const PAUSES_MS = [5, 10, 20, 40, 80, 160]

const isForDisk = ({ write, error }: Outcome): boolean => write.durable && error === undefined

const settle = ({ write, value, error }: Outcome): void => {
  if (error === undefined) write.resolve(value)
  else write.reject(failure(error))
}

const errorOf = (thrown: unknown) => thrown ?? new TypeError('A write failed without an error.')

type Transaction = Record<'begin' | 'commit' | 'save' | 'release', StatementSync>

// Read by SQLite once, not for every write.
const transactionOf = (db: DatabaseSync): Transaction => ({
  begin: db.prepare('begin immediate'),
  commit: db.prepare('commit'),
  save: db.prepare('savepoint w'),
  release: db.prepare('release w'),
})

/**
 * Puts all writes of one turn of the event loop into one transaction, each of several under its own savepoint.
 *
 * Promises: a write resolves after the commit that holds it, and a durable one after that is on the disk as well, not
 * before; one that fails is undone alone; a lock held by another process is waited for without blocking the event loop,
 * for at most 3 s. What is committed later is never on the disk without what was committed before it.
 */
export class GroupCommit {
  readonly #db: DatabaseSync
  readonly #committed: () => void
  readonly #flusher: Disk
  readonly #transaction: Transaction
  #waiting: Write[] = []
  #isArmed = false
  #isClosed = false
  #refusals = 0
  #idle: (() => void)[] = []

  constructor(db: DatabaseSync, flusher: Disk, committed: () => void) {
    this.#db = db
    this.#flusher = flusher
    this.#committed = committed
    this.#transaction = transactionOf(db)
  }

  /** `durable: false` survives the end of this process, not a power cut: for what can be rebuilt. */
  write<T>(run: () => T, durable: boolean): Promise<T> {
    if (this.#isClosed) return Promise.reject(new StoreUnavailable('closed'))
    return new Promise<T>((resolve, reject) => {
      const since = performance.now()
      this.#waiting.push({ run, durable, since, resolve: resolve as Write['resolve'], reject })
      this.#arm()
    })
  }

  /** Resolves when all that is committed by now is on the disk. */
  flush(): Promise<void> {
    return this.#isClosed ? Promise.reject(new StoreUnavailable('closed')) : this.#flusher.flush()
  }

  /** Refuses new writes and resolves when the last accepted one has its answer. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#waiting.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
    // Whom it concerns has heard of a failure.
    await this.#flusher.flush().catch(() => undefined)
  }

  #arm(pauseMs = 0): void {
    if (this.#isArmed) return
    this.#isArmed = true
    if (pauseMs) setTimeout(() => this.#flush(), pauseMs)
    else setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#isArmed = false
    if (!this.#begin()) return
    const outcomes = this.#commit(this.#attemptAll())
    const kept = outcomes.filter(isForDisk)
    if (kept.length > 0) void this.#settleOnDisk(kept)
    for (const outcome of outcomes) if (!isForDisk(outcome)) settle(outcome)
    this.#committed()
    this.#rest()
  }

  async #settleOnDisk(outcomes: Outcome[]): Promise<void> {
    try {
      await this.#flusher.flush()
      for (const outcome of outcomes) settle(outcome)
    } catch (error) {
      for (const { write } of outcomes) settle({ write, error })
    }
  }

  #attemptAll(): Outcome[] {
    const until = performance.now() + TURN_MS
    const outcomes: Outcome[] = []
    const batch = this.#waiting.slice(0, BATCH)
    for (const write of batch) {
      outcomes.push(batch.length === 1 ? this.#attemptAlone(write) : this.#attempt(write))
      if (performance.now() > until) break
    }
    this.#waiting.splice(0, outcomes.length)
    return outcomes
  }

  #rest(): void {
    if (this.#waiting.length > 0) this.#arm()
    else for (const resolve of this.#idle.splice(0)) resolve()
  }

  #begin(): boolean {
    try {
      if (this.#flusher.failure) throw this.#flusher.failure
      this.#transaction.begin.run()
      this.#refusals = 0
      return true
    } catch (error) {
      this.#refuse(error)
      return false
    }
  }

  #refuse(error: unknown): void {
    const patience = reasonOf(error) === 'locked' ? PATIENCE_MS : 0
    const now = performance.now()
    const lost = this.#waiting.filter((write) => now - write.since >= patience)
    this.#waiting = this.#waiting.filter((write) => now - write.since < patience)
    for (const write of lost) write.reject(failure(error))
    if (this.#waiting.length > 0) this.#arm(PAUSES_MS[Math.min(this.#refusals++, PAUSES_MS.length - 1)])
    else this.#rest()
  }

  #attempt(write: Write): Outcome {
    if (!this.#db.isTransaction) return { write }
    try {
      this.#transaction.save.run()
      const value = write.run()
      this.#transaction.release.run()
      return { write, value }
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('rollback to w; release w')
      return { write, error: errorOf(error) }
    }
  }

  // With nobody else in the transaction, that is what is undone.
  #attemptAlone(write: Write): Outcome {
    try {
      return { write, value: write.run() }
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('rollback')
      return { write, error: errorOf(error) }
    }
  }

  // A full disk may have ended the whole transaction: then nothing of the batch was kept, and everybody hears so.
  #commit(outcomes: Outcome[]): Outcome[] {
    try {
      if (this.#db.isTransaction) {
        this.#transaction.commit.run()
        this.#flusher.written()
        return outcomes
      }
      const cause = outcomes.find(({ error }) => reasonOf(error))?.error
      return outcomes.map(({ write, error }) => ({ write, error: error ?? cause ?? new StoreUnavailable('io') }))
    } catch (cause) {
      if (this.#db.isTransaction) this.#db.exec('rollback')
      return outcomes.map(({ write, error }) => ({ write, error: error ?? cause }))
    }
  }
}
