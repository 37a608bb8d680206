import type { Db, Filter } from 'mongodb'
import { discard } from './mongo-frozen.ts'
import { type MongoParcel, NEVER, parcelOf, type Stored, WAITING, type Waiting } from './mongo-record.ts'
import { type Addition, KnownWaiting } from './mongo-waiting.ts'
import type { Delivered, Outgoing } from './outbox.ts'

const PAGE = 200

/**
 * Who publishes what others left. A process publishes what it wrote sooner than `graceMs`; of those who find that something
 * was left in a collection one at a time is on watch for it, and when it dies another one after `watchMs`. What is written
 * within `gatherMs` is published together: nobody waits for it, and each publication costs several requests.
 */
export type Rota = { graceMs: number; watchMs: number; gatherMs: number }
export const ROTA: Rota = { graceMs: 2000, watchMs: 5000, gatherMs: 100 }

const isKept = ({ parcel }: Delivered<MongoParcel>) => parcel.rev > 0

/** Selects those that nobody has written since; the mark of a write is in one document only. */
const unchanged = (delivered: readonly Delivered<MongoParcel>[]): Filter<Stored> => ({
  _id: { $in: delivered.map(({ parcel }) => parcel.id) },
  write: { $in: delivered.map(({ parcel }) => parcel.write) },
})

type Do = <T>(operation: (database: Db) => Promise<T>) => Promise<T>
type Watch = { _id: string; by: string; until: number }

const isDuplicate = (error: unknown) => (error as { code?: unknown }).code === 11000

/** The letters that wait in the documents of a database. */
export class MongoOutbox implements Outgoing<MongoParcel> {
  readonly #do: Do
  readonly #by: string
  readonly #collections: () => Iterable<string>
  readonly #rota: Rota
  readonly #known = new KnownWaiting()
  readonly #written = new Map<string, { collection: string; stored: Waiting }>()
  readonly #changes = new Map<string, Set<string>>()
  #hear: (parcel: MongoParcel) => void = () => undefined
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined

  /** `by` names this process in the letters it writes; `collections` are those it knows. */
  constructor(by: string, collections: () => Iterable<string>, doing: Do, rota: Rota) {
    this.#by = by
    this.#rota = rota
    this.#collections = collections
    this.#do = doing
  }

  listen(hear: (parcel: MongoParcel) => void): void {
    this.#hear = hear
  }

  /** A document was inserted by this process. */
  inserted(collection: string, stored: Waiting): void {
    const origin = `${collection}/${stored._id}`
    this.#known.note(origin, stored)
    this.#written.set(origin, { collection, stored })
    this.#gather()
  }

  /** The mark of the write by which this process has made a revision, where it knows what waits in the document. */
  lastWrite(collection: string, id: string, rev: number): string | undefined {
    return this.#known.writeOf(`${collection}/${id}`, rev)
  }

  /**
   * A document was changed by this process: upon its own last write with an addition. Else it looks soon at what waits in
   * it, together with what changes meanwhile.
   */
  changed(collection: string, id: string, addition?: Addition): void {
    const origin = `${collection}/${id}`
    const stored = this.#known.extended(origin, addition)
    if (stored?.outbox.length === 0) return
    if (stored) this.#written.set(origin, { collection, stored })
    else this.#changes.set(collection, (this.#changes.get(collection) ?? new Set()).add(id))
    this.#gather()
  }

  async gathered(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const written = [...this.#written.values()]
    this.#written.clear()
    for (const { collection, stored } of written) this.#tell(collection, stored)
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    await this.#looking
  }

  // Whoever is on watch has found something: one that does not use the collection would keep the others from it for ever.
  async *left(): AsyncIterable<MongoParcel[]> {
    const before = Date.now() - this.#rota.graceMs
    for (const name of this.#collections()) {
      for (let last = -1, isWhole = true; isWhole; ) {
        const page = await this.#page(name, last, before)
        // A document that is written without a pause has waited for long only by the look of it.
        const parcels = page.map((stored) => parcelOf(name, stored)).filter(({ at }) => at <= before)
        if (parcels.length > 0 && !(await this.#isOnWatch(name))) break
        if (parcels.length > 0) yield parcels
        last = page.at(-1)?.pending ?? last
        isWhole = page.length === PAGE
      }
    }
  }

  async settle(delivered: readonly Delivered<MongoParcel>[]): Promise<MongoParcel[]> {
    const whole = delivered.filter(({ parcel, published }) => published.length === parcel.letters.length)
    const partly = delivered.filter(({ parcel, published }) => published.length !== parcel.letters.length)
    for (const one of delivered) this.#known.settle(one)
    // What could not be published now is for the next look, and not for the next moment.
    await Promise.all(partly.map((one) => this.#pull(one)))
    const rests = [...Map.groupBy(whole, ({ parcel }) => parcel.collection)].map(([name, of]) => this.#clear(name, of))
    return (await Promise.all(rests)).flat()
  }

  async oldest(): Promise<number | null> {
    const heads = [...this.#collections()].map((name) =>
      this.#do((database) =>
        database
          .collection<Stored>(name)
          .find({ pending: { $lt: NEVER } }, { projection: { 'outbox.at': 1 } })
          .sort({ pending: 1 })
          .limit(1)
          .next(),
      ),
    )
    const times = (await Promise.all(heads)).flatMap((head) => head?.outbox[0]?.at ?? [])
    return times.length > 0 ? Math.min(...times) : null
  }

  #gather(): void {
    const { gatherMs } = this.#rota
    if (gatherMs === 0) void this.gathered()
    else this.#timer ??= setTimeout(() => void this.gathered(), gatherMs).unref()
  }

  /**
   * Where an earlier letter of somebody else still waits, the whole is left to its writer, who sees the rest when it
   * settles. That saves repetitions; the order does not depend on it.
   */
  #tell(collection: string, stored: Waiting): void {
    const parcel = parcelOf(collection, stored)
    if (parcel.letters.length === 0 ? stored.rev < 0 : parcel.by === this.#by) this.#hear(parcel)
  }

  async #look(): Promise<void> {
    while (this.#changes.size > 0) {
      const changes = [...this.#changes]
      this.#changes.clear()
      try {
        for (const [name, ids] of changes)
          for (const stored of await this.#present(name, [...ids])) this.#tell(name, stored)
      } catch {
        // Who is on watch finds them.
      }
    }
  }

  #present(name: string, ids: string[]): Promise<(Waiting & Pick<Stored, 'pending'>)[]> {
    const projection = { ...WAITING, pending: 1 }
    return this.#do((database) =>
      database
        .collection<Stored>(name)
        .find({ _id: { $in: ids } }, { projection })
        .toArray(),
    )
  }

  #page(name: string, last: number, before: number) {
    return this.#do((database) =>
      database
        .collection<Stored>(name)
        .find({ pending: { $gt: last, $lte: before } }, { projection: { ...WAITING, pending: 1 } })
        .sort({ pending: 1 })
        .limit(PAGE)
        .toArray(),
    )
  }

  /** Empties what has not changed since it was seen, all at once; resolves with what else waits where something has. */
  async #clear(name: string, delivered: Delivered<MongoParcel>[]): Promise<MongoParcel[]> {
    for (const { parcel } of delivered) if (parcel.rev < 0) await this.#do((db) => discard(db, name, parcel.frozen))
    const [kept, removed] = [delivered.filter(isKept), delivered.filter((one) => !isKept(one))]
    // What a crash brings back is published once more.
    const options = { writeConcern: { w: 1, journal: false } }
    const counts = await Promise.all([
      kept.length === 0
        ? 0
        : this.#do(async (db) => {
            const update = { $set: { outbox: [], pending: NEVER } }
            return (await db.collection<Stored>(name).updateMany(unchanged(kept), update, options)).matchedCount
          }),
      removed.length === 0
        ? 0
        : this.#do(
            async (db) => (await db.collection<Stored>(name).deleteMany(unchanged(removed), options)).deletedCount,
          ),
    ])
    return counts[0] + counts[1] === delivered.length ? [] : this.#rests(name, delivered)
  }

  /** Takes what was published out of documents that were written since; resolves with those where others wait. */
  async #rests(name: string, delivered: Delivered<MongoParcel>[]): Promise<MongoParcel[]> {
    const isWaiting = ({ pending, rev }: { pending: number; rev: number }) => pending !== NEVER || rev < 0
    const ids = delivered.map(({ parcel }) => parcel.id)
    const held = new Set((await this.#present(name, ids)).filter(isWaiting).map(({ _id }) => _id))
    await Promise.all(delivered.filter(({ parcel }) => held.has(parcel.id)).map((one) => this.#pull(one)))
    const rests = held.size > 0 ? await this.#present(name, [...held]) : []
    return rests.filter(isWaiting).map((stored) => parcelOf(name, stored))
  }

  async #pull({ parcel: { collection, id }, published }: Delivered<MongoParcel>): Promise<void> {
    const ids = published.map(({ message }) => message.id)
    await this.#do((db) =>
      db.collection<Stored>(collection).updateOne({ _id: id }, { $pull: { outbox: { id: { $in: ids } } } }),
    )
  }

  async #isOnWatch(collection: string): Promise<boolean> {
    const now = Date.now()
    const watch = { by: this.#by, until: now + this.#rota.watchMs }
    const options = { upsert: true, writeConcern: { w: 1, journal: false } }
    const mine = { $or: [{ by: this.#by }, { until: { $lt: now } }] }
    try {
      await this.#do((db) =>
        db.collection<Watch>('outbox.watch').updateOne({ _id: collection, ...mine }, { $set: watch }, options),
      )
      return true
    } catch (error) {
      // Somebody else has it: it is there, but did not match.
      if (isDuplicate(error)) return false
      throw error
    }
  }
}
