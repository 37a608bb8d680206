import { setTimeout as pause } from 'node:timers/promises'
import type { Collection, Filter, UpdateFilter } from 'mongodb'
import { isDuplicate, isOpen } from './mongo-failure.ts'
import { duplicateField } from './mongo-filter.ts'
import { NEVER, type Stored, WAITING, type Waiting } from './mongo-record.ts'
import { StoreUnavailable } from './unavailable.ts'

/** How long a write whose answer was lost is tried again; then its caller hears that nobody knows. */
const PATIENCE_MS = 4000
const PAUSE_MS = 100

/** Does a write until it has an answer. It must be safe to repeat; `isRepeated` says that it may have been done before. */
const untilAnswered = async <T>(write: (isRepeated: boolean) => Promise<T>): Promise<T> => {
  const until = performance.now() + PATIENCE_MS
  for (let isRepeated = false; ; isRepeated = true) {
    try {
      return await write(isRepeated)
    } catch (error) {
      if (!isOpen(error) || performance.now() > until) throw error
    }
    await pause(PAUSE_MS)
  }
}

/** How many marks a document keeps: each of its revisions brings one. */
const REMEMBERED = 8

/**
 * Whether a write upon this revision was done, of which the answer was lost. Throws StoreUnavailable where its mark would be
 * forgotten by now: then nobody knows.
 */
const isDone = async (collection: Collection<Stored>, id: string, write: string, upon: number | undefined) => {
  const found = await collection.findOne({ _id: id }, { projection: { rev: 1, writes: 1 } })
  if (!found || found.writes.includes(write)) return found !== null
  const since = upon === undefined ? Number.POSITIVE_INFINITY : Math.abs(found.rev) - upon
  if (found.writes.length < REMEMBERED || (since >= 0 && since <= REMEMBERED)) return false
  throw new StoreUnavailable('unreachable')
}

/**
 * Changes the document that the filter selects by its revision; false when none was selected. Of a write whose answer was
 * lost, its own mark in the document tells whether it was done, while it is there. It does not ask for the document: a server that hands it
 * out changes one after the other, where others share a flush.
 */
export const change = (
  collection: Collection<Stored>,
  filter: Filter<Stored> & { _id: string; rev?: number },
  update: UpdateFilter<Stored>,
  write: string,
): Promise<boolean> =>
  untilAnswered(async (isRepeated) => {
    const { matchedCount } = await collection.updateOne(filter, marked(update, write))
    return matchedCount === 1 || (isRepeated && (await isDone(collection, filter._id, write, filter.rev)))
  })

/** Inserts a document; resolves with the one that has its id instead, or with null where that one has just gone. */
export const insert = (collection: Collection<Stored>, stored: Stored): Promise<Waiting | null> =>
  untilAnswered(async () => {
    try {
      await collection.insertOne(stored)
      return stored
    } catch (error) {
      if (!isDuplicate(error)) throw error
      const other = await collection.findOne({ _id: stored._id }, { projection: { ...WAITING, writes: 1 } })
      if (other?.writes.includes(stored.write)) return stored
      if (!other && duplicateField(error.message) !== 'id') throw error
      return other
    }
  })

/** Removes a document that has nothing to tell and nothing beside it; false where it is another, or has some. */
export const removeQuiet = (collection: Collection<Stored>, id: string, rev: number): Promise<boolean> =>
  untilAnswered(async (isRepeated) => {
    const quiet: Filter<Stored> = { _id: id, rev, pending: NEVER, 'frozen.key': null }
    const { deletedCount } = await collection.deleteOne(quiet)
    return deletedCount === 1 || (isRepeated && (await collection.countDocuments({ _id: id })) === 0)
  })

/**
 * Does a write that may collide with the unique value of a document that was removed and still has facts to publish:
 * that one gives its values away.
 */
export const overRemoved = async <T>(
  collection: Collection<Stored>,
  remains: object,
  write: () => Promise<T>,
): Promise<T> => {
  try {
    return await write()
  } catch (error) {
    if (!isDuplicate(error) || !error.keyValue) throw error
    const removed: Filter<Stored> = { ...error.keyValue, rev: { $lt: 0 } }
    const { matchedCount } = await collection.updateOne(removed, { $set: { body: remains } })
    if (matchedCount === 0) throw error
    return write()
  }
}

const marked = ({ $set, $push, ...rest }: UpdateFilter<Stored>, write: string): UpdateFilter<Stored> =>
  ({
    ...rest,
    $set: { ...$set, write },
    $push: { ...$push, writes: { $each: [write], $slice: -REMEMBERED } },
  }) as UpdateFilter<Stored>
