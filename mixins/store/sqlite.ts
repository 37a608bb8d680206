import type { Fact } from '../contract/contract.ts'
import type { Database } from '../sqlite/database.ts'
import { collision } from '../sqlite/failure.ts'
import {
  type Collection,
  type Document,
  type Documents,
  DuplicateDocument,
  type Filter,
  type Find,
  type Reading,
  type Replacing,
} from './documents.ts'
import { type Index, indexesOf } from './indexes.ts'
import { type Letter, lettersOf } from './letters.ts'
import type { Outbox } from './outbox.ts'
import { search, tally } from './search.ts'

const sql = {
  insert: 'insert into document(collection, id, rev, body) values(?, ?, ?, ?)',
  freeze: 'insert into frozen(collection, id, body) values(?, ?, ?)',
  get: 'select body from document where collection = ? and id = ?',
  frozen: 'select body from frozen where collection = ? and id = ?',
  replace: 'update document set rev = ?, body = ? where collection = ? and id = ? and rev = ?',
  remove: 'delete from document where collection = ? and id = ? and rev = ?',
  thaw: 'delete from frozen where collection = ? and id = ?',
}

type Body = { body: string }

/**
 * Documents in the data file; their facts go to the outbox within the same write. A write can be seen before it is on the
 * disk, but nobody is answered out of it before that.
 */
class SqliteDocuments implements Documents {
  readonly #database: Database
  readonly #outbox: Outbox
  readonly #indexes = new Map<string, Index[]>()

  constructor(database: Database, outbox: Outbox) {
    this.#database = database
    this.#outbox = outbox
  }

  async declare(collection: Collection): Promise<void> {
    const indexes = indexesOf(collection)
    await this.#database.write(() => {
      for (const index of indexes) this.#database.run(index.sql)
    })
    this.#indexes.set(collection.name, indexes)
  }

  async insert<T extends Document>(collection: string, document: T, facts: Fact[], frozen?: unknown): Promise<void> {
    const letters = lettersOf(facts)
    const { id, rev } = document
    await this.#write(collection, letters, () => {
      this.#database.run(sql.insert, collection, id, rev, JSON.stringify(document))
      if (frozen !== undefined) this.#database.run(sql.freeze, collection, id, JSON.stringify(frozen))
      return true
    })
  }

  async get<T extends Document>(collection: string, id: string, { durable = true }: Reading = {}): Promise<T | null> {
    const row = this.#database.get<Body>(sql.get, collection, id)
    const found = row ? (JSON.parse(row.body) as T) : null
    return durable ? this.#onDisk(found) : found
  }

  async frozen<F>(collection: string, id: string): Promise<F | null> {
    const row = this.#database.get<Body>(sql.frozen, collection, id)
    return row ? (JSON.parse(row.body) as F) : null
  }

  async replace<T extends Document>(
    collection: string,
    document: T,
    facts: Fact[],
    { durable = true }: Replacing = {},
  ): Promise<boolean> {
    const { id, rev } = document
    const body = JSON.stringify(document)
    return this.#write(
      collection,
      lettersOf(facts),
      () => this.#database.run(sql.replace, rev, body, collection, id, rev - 1) === 1,
      durable,
    )
  }

  async remove(collection: string, id: string, rev: number, facts: Fact[]): Promise<boolean> {
    return this.#write(collection, lettersOf(facts), () => {
      if (this.#database.run(sql.remove, collection, id, rev) === 0) return false
      this.#database.run(sql.thaw, collection, id)
      return true
    })
  }

  async find<T extends Document>(collection: string, find: Find): Promise<T[]> {
    const { sql, values } = search(collection, this.#indexes.get(collection) ?? [], find)
    return this.#onDisk(this.#database.all<Body>(sql, ...values).map(({ body }) => JSON.parse(body) as T))
  }

  async count(collection: string, where: Filter): Promise<number> {
    const { sql, values } = tally(collection, this.#indexes.get(collection) ?? [], where)
    return this.#onDisk(this.#database.get<{ n: number }>(sql, ...values)?.n ?? 0)
  }

  flushed(): Promise<void> {
    return this.#database.flushed()
  }

  flush(): Promise<void> {
    return this.#database.flush()
  }

  /** What was read, once nothing that it was read from can be undone. */
  async #onDisk<T>(found: T): Promise<T> {
    await this.#database.flushed()
    return found
  }

  async #write(collection: string, letters: Letter[], change: () => boolean, durable = true): Promise<boolean> {
    try {
      return await this.#database.write(
        () => {
          if (!change()) return false
          for (const [topic, sent] of Map.groupBy(letters, ({ topic }) => topic))
            this.#outbox.place(
              topic,
              sent.map(({ message }) => message),
            )
          return true
        },
        { durable },
      )
    } catch (error) {
      const place = collision(error)
      if (place === undefined) throw error
      // The other one is an answer as well.
      await this.#database.flushed()
      const index = this.#indexes.get(collection)?.find(({ name, isUnique }) => isUnique && name === place)
      throw new DuplicateDocument(collection, index?.fields[0] ?? 'id')
    }
  }
}

/** Documents in the data file. The outbox is either the topics of the same file, or a table that a relay empties. */
export const sqliteDocuments = (database: Database, outbox: Outbox): Documents => new SqliteDocuments(database, outbox)
