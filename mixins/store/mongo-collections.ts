import type { Db, Collection as MongoCollection } from 'mongodb'
import { v7 } from 'uuid'
import type { Collection } from './documents.ts'
import { stepsOf } from './filter.ts'
import { storedBody } from './mongo-body.ts'
import type { MongoConnection } from './mongo-connection.ts'
import { hindrance } from './mongo-failure.ts'
import { indexesOf } from './mongo-filter.ts'
import { discardOrphans } from './mongo-frozen.ts'
import type { Stored } from './mongo-record.ts'
import type { Log } from './relay.ts'
import { StoreUnavailable } from './unavailable.ts'

const TIDY_MS = 3_600_000

export type Opened = { database: Db; documents: MongoCollection<Stored> }

/** The collections that this process uses. None is written before its indexes are there: they guard unique fields. */
export class MongoCollections {
  readonly #connection: MongoConnection
  readonly #logger: Log
  readonly #declared = new Map<string, Collection>()
  readonly #opened = new Map<string, Promise<Opened>>()
  readonly #tidier: NodeJS.Timeout

  constructor(connection: MongoConnection, logger: Log) {
    this.#connection = connection
    this.#logger = logger
    this.#tidier = setInterval(() => void this.#tidy(), TIDY_MS).unref()
  }

  /** Makes the indexes; where the server is away, before the first use of the collection. */
  async declare(collection: Collection): Promise<void> {
    this.#declared.set(collection.name, collection)
    this.#opened.delete(collection.name)
    try {
      await this.open(collection.name)
    } catch (error) {
      if (!(error instanceof StoreUnavailable) && !hindrance(error)) throw error
    }
  }

  open(name: string): Promise<Opened> {
    const known = this.#opened.get(name)
    if (known) return known
    const opening = this.#connection.do(async (database) => {
      const documents = database.collection<Stored>(name)
      await documents.createIndexes(indexesOf(this.#declared.get(name) ?? { name }))
      return { database, documents }
    })
    this.#opened.set(name, opening)
    opening.catch(() => this.#opened.get(name) === opening && this.#opened.delete(name))
    return opening
  }

  names(): Iterable<string> {
    return new Set([...this.#declared.keys(), ...this.#opened.keys()])
  }

  /** What may remain of the body of a document that was removed: unique fields, each of a value that nobody else has. */
  remainsIn(name: string): object {
    const body: Record<string, unknown> = {}
    for (const path of this.#declared.get(name)?.unique ?? []) {
      const steps = stepsOf(path)
      const last = steps.pop() ?? path
      let place = body
      for (const step of steps) {
        place[step] ??= {}
        place = place[step] as Record<string, unknown>
      }
      place[last] = `removed ${v7()}`
    }
    return storedBody(body)
  }

  close(): void {
    clearInterval(this.#tidier)
  }

  async #tidy(): Promise<void> {
    try {
      for (const name of this.names()) {
        await this.#connection.do((database) => discardOrphans(database, name, Date.now()))
      }
    } catch (error) {
      this.#logger.warn(`What lost its document was not tidied away: ${(error as Error).message}`)
    }
  }
}
