import type { NewMessage } from '../topics/topics.ts'
import type { Letter } from './letters.ts'

/** Where a store leaves the messages of a write, within that write: they are kept if and only if it is. */
export type Outbox = { place(topic: string, messages: NewMessage[]): void }

/** Letters of one origin, in the order of their writes. Letters of one key that wait for one topic have one origin. */
export type Parcel = { readonly origin: string; readonly letters: readonly Letter[] }

/** A parcel and those of its letters that lie safely in their topics. */
export type Delivered<P extends Parcel> = { readonly parcel: P; readonly published: readonly Letter[] }

/**
 * The letters of a store that wait to be published, as its relay sees them.
 *
 * Promises: a parcel holds all letters of its origin that have not been settled, the oldest first, and each is in a
 * parcel until it is settled. A relay that publishes every parcel in order, and settles only what it has published,
 * therefore never brings two letters of a key out of order, whatever other relays do; it may only repeat some.
 */
export interface Outgoing<P extends Parcel = Parcel> {
  /** Calls with each parcel soon after its write is durable, or with nothing when it is time to look. */
  listen(hear: (parcel?: P) => void): void
  /** Calls at once with what it has gathered so far; left out where nothing is. */
  gathered?(): Promise<void>
  /** What waits and nobody seems to be publishing, page by page; letters to resting topics may be left out. */
  left(resting: readonly string[]): AsyncIterable<P[]>
  /** Forgets what was published, and only that; resolves with what has come to those origins meanwhile. */
  settle(delivered: readonly Delivered<P>[]): Promise<P[]>
  /** When the letter that has waited longest was written; null when none waits. */
  oldest(): Promise<number | null>
}
