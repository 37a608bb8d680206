import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { StoreUnavailable } from '../store/unavailable.ts'
import { failure, reasonOf } from './failure.ts'

type Write = {
  run: () => unknown
  durable: boolean
  since: number
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}
type Outcome = { write: Write; value?: unknown; error?: unknown }

const BATCH = 1000
// How long a batch may hold up the event loop before its commit; the rest waits for the next.
const TURN_MS = 20
const PATIENCE_MS = 3000
const PAUSES_MS = [5, 10, 20, 40, 80, 160]

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
 * Promises: a write resolves after the commit that holds it and not before; one that fails is undone alone; a lock
 * held by another process is waited for without blocking the event loop, for at most 3 s.
 */
export class GroupCommit {
  readonly #db: DatabaseSync
  readonly #committed: () => void
  readonly #transaction: Transaction
  #waiting: Write[] = []
  #isArmed = false
  #isClosed = false
  #refusals = 0
  #synchronous = 'full'
  #idle: (() => void)[] = []

  constructor(db: DatabaseSync, committed: () => void) {
    this.#db = db
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

  /** Refuses new writes and resolves when the last accepted one has its answer. */
  close(): Promise<void> {
    this.#isClosed = true
    return this.#waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
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
    for (const { write, value, error } of this.#commit(this.#attemptAll())) {
      if (error === undefined) write.resolve(value)
      else write.reject(failure(error))
    }
    this.#committed()
    this.#rest()
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
      this.#sync(this.#waiting.slice(0, BATCH).some((write) => write.durable) ? 'full' : 'normal')
      this.#transaction.begin.run()
      this.#refusals = 0
      return true
    } catch (error) {
      this.#refuse(error)
      return false
    }
  }

  // In WAL the next full commit also makes the normal ones before it durable, so that one connection serves both.
  #sync(wanted: string): void {
    if (this.#synchronous === wanted) return
    this.#db.exec(`pragma synchronous = ${wanted}`)
    this.#synchronous = wanted
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
