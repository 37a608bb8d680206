import type { UpdateFilter } from 'mongodb'
import { v7 } from 'uuid'
import type { Fact } from '../contract/contract.ts'
import {
  type Collection,
  type Document,
  type Documents,
  DuplicateDocument,
  type Filter,
  type Find,
} from './documents.ts'
import { lettersOf } from './letters.ts'
import { documentOf, storedBody } from './mongo-body.ts'
import { MongoCollections, type Opened } from './mongo-collections.ts'
import { MongoConnection } from './mongo-connection.ts'
import { failureOf, isDuplicate } from './mongo-failure.ts'
import { duplicateField, orderOf, selectionOf } from './mongo-filter.ts'
import { discard, freeze, thaw } from './mongo-frozen.ts'
import { MongoOutbox, ROTA, type Rota } from './mongo-outbox.ts'
import { NEVER, type Stored, type StoredLetter, storedLetters } from './mongo-record.ts'
import { change, insert, overRemoved, removeQuiet } from './mongo-write.ts'
import type { Health, Log } from './relay.ts'

/**
 * Documents in MongoDB, or in what speaks its protocol; their facts wait in the document itself.
 *
 * Every write is acknowledged by the majority of the members and from their journals, also one that need not be durable:
 * no weaker acknowledgement survives the death of the server's process, and what many write at once shares a flush.
 */
class MongoDocuments implements Documents {
  readonly #connection: MongoConnection
  readonly #collections: MongoCollections
  readonly #by = v7()
  readonly outbox: MongoOutbox

  constructor(url: string, logger: Log, rota: Rota) {
    this.#connection = new MongoConnection(url, logger)
    this.#collections = new MongoCollections(this.#connection, logger)
    this.outbox = new MongoOutbox(
      this.#by,
      () => this.#collections.names(),
      (operation) => this.#connection.do(operation),
      rota,
    )
  }

  health(): Health {
    return this.#connection.health()
  }

  async close(): Promise<void> {
    this.#collections.close()
    await this.#connection.close()
  }

  declare(collection: Collection): Promise<void> {
    return this.#collections.declare(collection)
  }

  async insert<T extends Document>(collection: string, document: T, facts: Fact[], frozen?: unknown): Promise<void> {
    await this.#insert(collection, document, storedLetters(lettersOf(facts), this.#by), frozen)
  }

  async get<T extends Document>(collection: string, id: string): Promise<T | null> {
    const stored = await this.#in(collection, id, ({ documents }) =>
      documents.findOne({ _id: id, rev: { $gt: 0 } }, { projection: { body: 1 } }),
    )
    return stored && documentOf<T>(stored.body)
  }

  frozen<F>(collection: string, id: string): Promise<F | null> {
    return this.#in(collection, id, async ({ database, documents }) => {
      const stored = await documents.findOne({ _id: id, rev: { $gt: 0 } }, { projection: { frozen: 1 } })
      return thaw<F>(database, collection, stored?.frozen ?? null)
    })
  }

  async replace<T extends Document>(collection: string, document: T, facts: Fact[]): Promise<boolean> {
    const { id, rev } = document
    const letters = storedLetters(lettersOf(facts), this.#by)
    return this.#change(collection, id, rev - 1, changing({ rev, body: storedBody(document) }, letters), letters)
  }

  /** Where facts are to be published, or much is to be removed with it, the rest of it goes when that is done. */
  async remove(collection: string, id: string, rev: number, facts: Fact[]): Promise<boolean> {
    if (rev < 1) return false
    if (facts.length === 0) {
      const isGone = await this.#in(collection, id, ({ documents }) => removeQuiet(documents, id, rev))
      if (isGone) return true
    }
    const update = changing({ rev: -rev }, storedLetters(lettersOf(facts), this.#by))
    return this.#change(collection, id, rev, { ...update, ...toBePublished() })
  }

  find<T extends Document>(collection: string, { where, sort, limit }: Find): Promise<T[]> {
    return this.#in(collection, '', async ({ documents }) => {
      const selection = selectionOf(where)
      if (limit === 0) return []
      const found = documents
        .find(selection, { projection: { body: 1 } })
        .sort(orderOf(sort))
        .limit(limit)
      return (await found.toArray()).map(({ body }) => documentOf<T>(body))
    })
  }

  count(collection: string, where: Filter): Promise<number> {
    return this.#in(collection, '', ({ documents }) => documents.countDocuments(selectionOf(where)))
  }

  // Every write has been acknowledged from the journals.
  async flush(): Promise<void> {}
  async flushed(): Promise<void> {}

  async #insert(name: string, document: Document, letters: StoredLetter[], part: unknown): Promise<void> {
    const { id, rev } = document
    const body = storedBody(document)
    const write = v7()
    await this.#in(name, id, async (opened) => {
      const frozen = await freeze(opened.database, name, id, part)
      const pending = letters.length > 0 ? Date.now() : NEVER
      const stored: Stored = { _id: id, rev, body, frozen, outbox: letters, pending, write, writes: [write] }
      try {
        await this.#insertOrRevive(opened, name, stored)
      } catch (error) {
        // Where they cannot be removed now, they are when nobody has missed them for long.
        const isRefused = error instanceof DuplicateDocument || isDuplicate(error)
        if (isRefused) await discard(opened.database, name, frozen).catch(() => undefined)
        throw error
      }
    })
  }

  async #insertOrRevive({ database, documents }: Opened, name: string, stored: Stored): Promise<void> {
    const { _id, rev, body, frozen, outbox, write } = stored
    for (;;) {
      const present = await insert(documents, stored)
      if (present?.write === write) return outbox.length > 0 ? this.outbox.inserted(name, stored) : undefined
      if (present && present.rev > 0) throw new DuplicateDocument(name, 'id')
      if (!present) continue
      // What was removed still has facts to publish: ours come after them.
      await discard(database, name, present.frozen)
      const update = changing({ rev, body, frozen }, outbox)
      if (await change(documents, { _id, write: present.write }, update, write)) return this.outbox.changed(name, _id)
    }
  }

  #change(
    name: string,
    id: string,
    rev: number,
    update: UpdateFilter<Stored>,
    added?: readonly StoredLetter[],
  ): Promise<boolean> {
    return this.#in(name, id, async ({ documents }) => {
      const write = v7()
      // Written upon our own last write, nothing waits in it but what we know. Its revision may be that of another life.
      const last = added && this.outbox.lastWrite(name, id, rev)
      const isOurs = last !== undefined && (await change(documents, { _id: id, rev, write: last }, update, write))
      if (!isOurs && !(await change(documents, { _id: id, rev }, update, write))) return false
      if (isOurs) this.outbox.changed(name, id, { rev: rev + 1, write, letters: added ?? [] })
      else if (update.$min) this.outbox.changed(name, id)
      return true
    })
  }

  async #in<T>(name: string, id: string, operation: (opened: Opened) => Promise<T>): Promise<T> {
    try {
      const opened = await this.#collections.open(name)
      const remains = this.#collections.remainsIn(name)
      return await this.#connection.do(() => overRemoved(opened.documents, remains, () => operation(opened)))
    } catch (error) {
      if (isDuplicate(error)) throw new DuplicateDocument(name, duplicateField(error.message))
      throw failureOf(error, name, id)
    }
  }
}

const toBePublished = () => ({ $min: { pending: Date.now() } })

const changing = ($set: Partial<Stored>, letters: StoredLetter[]): UpdateFilter<Stored> =>
  letters.length === 0 ? { $set } : { $set, ...toBePublished(), $push: { outbox: { $each: letters } } }

/** The store on the server of a URL, and the outbox that a relay empties. Throws MongoRefused for what is no such URL. */
export const mongoDocuments = (url: string, logger: Log, rota: Partial<Rota> = {}): MongoDocuments =>
  new MongoDocuments(url, logger, { ...ROTA, ...rota })
