import { Binary, type Collection, type Db } from 'mongodb'
import { v7 } from 'uuid'
import type { Frozen, Stored } from './mongo-record.ts'

/** What is no longer than this lies in the document itself: then both are one write. */
const BESIDE = 16_384
/** A server takes 16 MB at once. */
const PIECE = 4 * 1024 * 1024
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

type Piece = { _id: string; of: string; bytes: Binary }

const piecesOf = (database: Db, collection: string): Collection<Piece> => database.collection(`${collection}.frozen`)
const pieceId = (key: string, n: number) => `${key}/${String(n).padStart(6, '0')}`

/** Writes a frozen part where it is too large for the document, before the document that will name it. */
export const freeze = async (database: Db, collection: string, id: string, frozen: unknown): Promise<Frozen> => {
  const text = JSON.stringify(frozen)
  if (text === undefined) return null
  if (text.length <= BESIDE) return { text }
  const bytes = Buffer.from(text)
  const key = v7()
  const pieces = Math.ceil(bytes.length / PIECE)
  for (let n = 0; n < pieces; n++) {
    const piece = { of: id, bytes: new Binary(bytes.subarray(n * PIECE, (n + 1) * PIECE)) }
    await piecesOf(database, collection).updateOne({ _id: pieceId(key, n) }, { $set: piece }, { upsert: true })
  }
  return { key, pieces }
}

/** Reads a frozen part; null when its document was removed meanwhile. */
export const thaw = async <F>(database: Db, collection: string, frozen: Frozen): Promise<F | null> => {
  if (frozen === null) return null
  if ('text' in frozen) return JSON.parse(frozen.text)
  const ids = Array.from({ length: frozen.pieces }, (_, n) => pieceId(frozen.key, n))
  const pieces = await piecesOf(database, collection)
    .find({ _id: { $in: ids } })
    .toArray()
  if (pieces.length < frozen.pieces) return null
  const inOrder = pieces.toSorted((a, b) => (a._id < b._id ? -1 : 1))
  return JSON.parse(Buffer.concat(inOrder.map(({ bytes }) => bytes.buffer)).toString())
}

export const discard = async (database: Db, collection: string, frozen: Frozen | undefined): Promise<void> => {
  if (!frozen || !('key' in frozen)) return
  const ids = Array.from({ length: frozen.pieces }, (_, n) => pieceId(frozen.key, n))
  await piecesOf(database, collection).deleteMany({ _id: { $in: ids } })
}

/** Removes the pieces that a process left behind which died between them and their document. */
export const discardOrphans = async (database: Db, collection: string, now: number): Promise<void> => {
  const window = { $gte: timeId(now - DAY_MS), $lt: timeId(now - HOUR_MS) }
  const found = piecesOf(database, collection).find({ _id: window }, { projection: { of: 1 } })
  for await (const { _id, of } of found) {
    const document = await database.collection<Stored>(collection).findOne({ _id: of }, { projection: { frozen: 1 } })
    const { frozen } = document ?? {}
    const isOurs = frozen && 'key' in frozen && _id.startsWith(`${frozen.key}/`)
    if (!isOurs) await piecesOf(database, collection).deleteOne({ _id })
  }
}

/** Where the ids that were made at a time begin. */
const timeId = (ms: number): string => {
  const hex = ms.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}
