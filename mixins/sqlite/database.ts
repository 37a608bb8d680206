import { closeSync, openSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { StoreUnavailable } from '../store/unavailable.ts'
import { Checkpointer, LOG_BYTES } from './checkpointer.ts'
import { failure, reasonOf } from './failure.ts'
import { Flusher } from './flusher.ts'
import { GroupCommit } from './group-commit.ts'
import { lockDirectory, makePrivate } from './lock.ts'
import { DataFileRefused } from './refused.ts'
import { reserve } from './reserve.ts'
import { migrate } from './schema.ts'

export type Value = SQLInputValue
type Values = [Record<string, Value>] | Value[]
export type Row = Record<string, unknown>

const STATEMENTS = 500
const CHECKED_BYTES = 64 * 1024 * 1024

/** One SQLite file: short synchronous reads, and writes that are committed in groups. */
export class Database {
  readonly #db: DatabaseSync
  readonly #commits: GroupCommit
  readonly #flusher: Flusher
  readonly #log: number
  readonly #checkpointer: Checkpointer
  readonly #unlock: () => void
  readonly #statements = new Map<string, StatementSync>()

  constructor(db: DatabaseSync, file: string, unlock: () => void) {
    this.#db = db
    this.#unlock = unlock
    this.#checkpointer = new Checkpointer(db, file)
    this.#log = openSync(`${file}-wal`, 'r')
    this.#flusher = new Flusher(this.#log)
    this.#commits = new GroupCommit(db, this.#flusher, () => this.#checkpointer.committed())
  }

  /** Commits `run` together with the other writes of this turn; `run` is synchronous and may be undone alone. */
  write<T>(run: () => T, { durable = true } = {}): Promise<T> {
    return this.#commits.write(run, durable)
  }

  /** Forces every write that can be seen by now to the disk; StoreUnavailable where that fails. */
  flush(): Promise<void> {
    return this.#commits.flush()
  }

  /** Resolves when all that was asked to be on the disk by now is; StoreUnavailable where that fails. */
  flushed(): Promise<void> {
    return this.#flusher.flushed()
  }

  all<R = Row>(sql: string, ...values: Values): R[] {
    return this.#guard(() => this.#prepare(sql).all(...(values as Value[])) as R[])
  }

  get<R = Row>(sql: string, ...values: Values): R | undefined {
    return this.#guard(() => this.#prepare(sql).get(...(values as Value[])) as R | undefined)
  }

  /** Rows one by one, for as long as the caller wants them; to be consumed without a pause. */
  *each<R = Row>(sql: string, ...values: Values): Generator<R> {
    try {
      for (const row of this.#prepare(sql).iterate(...(values as Value[]))) yield row as R
    } catch (error) {
      throw failure(error)
    }
  }

  /** Changes rows, within a write only; returns how many. */
  run(sql: string, ...values: Values): number {
    return Number(this.#prepare(sql).run(...(values as Value[])).changes)
  }

  /** Waits for the writes under way, then closes the file and frees the directory. */
  async close(): Promise<void> {
    await this.#commits.close()
    await this.#checkpointer.close()
    if (!this.#db.isOpen) return
    closeSync(this.#log)
    this.#statements.clear()
    this.#db.close()
    this.#unlock()
  }

  // Within a write the raw error goes through, because the commit has to judge it.
  #guard<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw this.#db.isOpen && this.#db.isTransaction ? error : failure(error)
    }
  }

  #prepare(sql: string): StatementSync {
    if (!this.#db.isOpen) throw new StoreUnavailable('closed')
    let statement = this.#statements.get(sql)
    if (statement) return statement
    statement = this.#db.prepare(sql)
    statement.setAllowUnknownNamedParameters(true)
    const [oldest] = this.#statements.size < STATEMENTS ? [] : this.#statements.keys()
    if (oldest !== undefined) this.#statements.delete(oldest)
    this.#statements.set(sql, statement)
    return statement
  }
}

// A commit writes to the log; the log is forced to the disk by us (see GroupCommit), and before it is copied by SQLite.
const settings = `
pragma journal_mode = wal; pragma synchronous = normal; pragma cache_size = -65536;
pragma journal_size_limit = 67108864; pragma foreign_keys = on`

const check = (db: DatabaseSync, file: string): void => {
  if (statSync(file).size > CHECKED_BYTES) return
  const [verdict] = Object.values(db.prepare('pragma quick_check(1)').get() ?? {})
  if (verdict !== 'ok') throw new DataFileRefused(damaged(file))
}

const damaged = (file: string) =>
  `${file} is damaged and was left untouched. Restore a copy of it, or move it away to start empty.`

// What a process has left in the log may never have reached the disk, and nothing that is written behind it would count then.
const beginAnew = (db: DatabaseSync): void => {
  try {
    db.prepare('pragma wal_checkpoint(truncate)').get()
  } catch (error) {
    // Without room it stays where it is; who writes hears of that too.
    if (reasonOf(error) !== 'full') throw error
  }
}

const prepared = (file: string): DatabaseSync => {
  try {
    makePrivate(file)
  } catch (error) {
    throw new DataFileRefused(`${file} cannot be used: ${(error as Error).message}.`)
  }
  // A lock is waited for asynchronously (see GroupCommit): this timeout blocks the whole process.
  const db = new DatabaseSync(file, { timeout: 10 })
  try {
    migrate(db, file)
    check(db, file)
    db.exec(settings)
    // The first read makes the log.
    db.exec('select 1 from sqlite_schema')
    beginAnew(db)
    // What has no log yet has zeros, which SQLite takes for its end.
    reserve(`${file}-wal`, LOG_BYTES)
    return db
  } catch (error) {
    db.close()
    const reason = reasonOf(error)
    if (reason === 'damaged') throw new DataFileRefused(damaged(file))
    throw reason ? new DataFileRefused(`${file}: ${(failure(error) as Error).message}`) : error
  }
}

/**
 * Opens or creates the data file and keeps every other process out of its directory.
 * Throws DataFileRefused when the file is in use, newer, damaged or not ours; such a file is never changed.
 */
export const openDatabase = (path: string): Database => {
  const file = resolve(path)
  const unlock = lockDirectory(dirname(file))
  try {
    return new Database(prepared(file), file, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}
