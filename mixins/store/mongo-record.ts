import type { Letter } from './letters.ts'
import type { Parcel } from './outbox.ts'

/** A letter as it waits in its document; the message is JSON, so that nothing in it is taken for anything else. */
export type StoredLetter = { id: string; topic: string; by: string; at: number; message: string }

/** Where the part that never changes is: beside the document, or in so many pieces under a key of their own. */
export type Frozen = { text: string } | { key: string; pieces: number } | null

/** A document as it is stored. Its facts wait in it until they are published, so that both are one write. */
export type Stored = {
  _id: string
  /** Negative once it was removed: then it stays until its last facts are published. */
  rev: number
  body: object
  frozen: Frozen
  outbox: StoredLetter[]
  /** Since when the outbox holds something; NEVER where it is empty. */
  pending: number
  /** The last write; two are never the same, also where an id is used again and its revisions with it. */
  write: string
  /** The last few, by which one whose answer was lost is told from somebody else's. */
  writes: string[]
}

/** The value by which documents without waiting facts are told from those with some. */
export const NEVER = Number.MAX_SAFE_INTEGER

export type MongoParcel = Parcel & {
  collection: string
  id: string
  rev: number
  write: string
  frozen: Frozen
  by: string
  at: number
}

export type Waiting = Pick<Stored, '_id' | 'rev' | 'write' | 'outbox' | 'frozen'>
export const WAITING = { rev: 1, write: 1, outbox: 1, 'frozen.key': 1, 'frozen.pieces': 1 } as const

const letterOf = ({ topic, message }: StoredLetter): Letter => ({ topic, message: JSON.parse(message) })

export const parcelOf = (collection: string, { _id: id, rev, write, outbox, frozen }: Waiting): MongoParcel => {
  const [first] = outbox
  return {
    origin: `${collection}/${id}`,
    letters: outbox.map(letterOf),
    ...{ collection, id, rev, write, frozen, by: first?.by ?? '', at: first?.at ?? 0 },
  }
}

export const storedLetters = (letters: readonly Letter[], by: string): StoredLetter[] => {
  const at = Date.now()
  return letters.map(({ topic, message }) => ({ id: message.id, topic, by, at, message: JSON.stringify(message) }))
}
