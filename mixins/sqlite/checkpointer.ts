import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { reasonOf } from './failure.ts'

const PAGES = 4000
/** How long the log grows before it is written from its beginning again, unless writers are very fast. */
export const LOG_BYTES = PAGES * 4096
// So much is left to this thread, unless the other one cannot get there in so many rounds.
const TAIL = 500
const ROUNDS = 5
// Looking costs less than a write, but not nothing.
const COMMITS = 16

type Log = { log: number; checkpointed: number }

/**
 * Keeps the write-ahead log short without holding up the event loop: a thread copies and syncs the bulk of it, and only
 * what was written meanwhile is left to this one. Without the thread SQLite does it all within a commit.
 */
export class Checkpointer {
  readonly #db: DatabaseSync
  readonly #file: string
  readonly #look: StatementSync
  readonly #copy: StatementSync
  #worker: Worker | undefined
  #isBusy = false
  #isClosed = false
  #isGone = false
  #commits = 0
  #rounds = 0

  constructor(db: DatabaseSync, file: string) {
    this.#db = db
    this.#file = file
    this.#db.exec('pragma wal_autocheckpoint = 0')
    this.#look = db.prepare('pragma wal_checkpoint(noop)')
    this.#copy = db.prepare('pragma wal_checkpoint(passive)')
  }

  /** To be told of every commit. */
  committed(): void {
    if (this.#isBusy || this.#isClosed || ++this.#commits < COMMITS) return
    this.#commits = 0
    if (this.#backlog() < PAGES) return
    this.#isBusy = true
    this.#worker ??= this.#start()
    this.#worker.postMessage('checkpoint')
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const worker = this.#worker
    if (!worker || this.#isGone) return
    worker.ref()
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    worker.postMessage('close')
    await ended
  }

  #start(): Worker {
    const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: { file: this.#file } })
    worker.unref()
    worker.on('message', () => this.#finish())
    // Greenroom goes on without it, a little less smoothly.
    worker.on('error', () => this.#db.isOpen && this.#db.exec(`pragma wal_autocheckpoint = ${PAGES}`))
    worker.on('exit', () => {
      this.#isGone = true
    })
    return worker
  }

  // Under constant load the thread alone would never reach the end of the log, and the log would never begin anew.
  #finish(): void {
    if (this.#isClosed) return
    if (this.#backlog() > TAIL && ++this.#rounds < ROUNDS) {
      this.#worker?.postMessage('checkpoint')
      return
    }
    this.#rounds = 0
    this.#isBusy = false
    this.#read(this.#copy)
  }

  #backlog(): number {
    const { log, checkpointed } = this.#read(this.#look)
    return log - Math.max(0, checkpointed)
  }

  // On a full or failing disk the log keeps everything, and its writers hear of it; here it is only for later.
  #read(statement: StatementSync): Log {
    try {
      return statement.get() as Log
    } catch (error) {
      if (reasonOf(error)) return { log: 0, checkpointed: 0 }
      throw error
    }
  }
}
