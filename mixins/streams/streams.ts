import { Errors } from 'moleculer'

/** What is appended at once to one channel. */
export type Piece = { channel: string; bytes: Uint8Array; at: number }

/** A piece of a stream as it is stored: `seq` orders all pieces of a run, `offset` counts the bytes of its own channel. */
export type Chunk = { seq: number; channel: string; offset: number; bytes: Uint8Array; at: number }

/** Where a channel ends so far. */
export type Extent = { channel: string; bytes: number }

/** A writer goes on after pieces that nobody has any more. */
export class StreamLost extends Errors.MoleculerError {
  constructor(key: string) {
    super(`A part of the stream ${key} is lost.`, 500, 'STREAM_LOST')
  }
}

/** The stream is over. */
export class StreamSettled extends Errors.MoleculerError {
  constructor(key: string) {
    super(`The stream ${key} is over; nothing can be appended.`, 409, 'STREAM_SETTLED')
  }
}

/**
 * Append-only byte streams, one per key, each with a few channels (stdout, stderr).
 *
 * Promises: a resolved append survives the death of any process; pieces are read in the order of their appends, whole, and
 * never twice under two numbers; `seq` and `offset` have no gaps. A settled stream survives whatever the store survives: at the
 * latest from the next durable write of a document on.
 */
export interface Streams {
  /**
   * Appends pieces in order; returns the last `seq`. The first piece of a stream has seq 1 and offset 0.
   * The only writer of a stream says `after` which seq its pieces come: those that are there already are not appended again,
   * so that an append whose outcome is not known can be repeated. Throws StreamLost where `after` lies beyond the end.
   */
  append(key: string, pieces: Piece[], after?: number): Promise<number>
  /** Pieces after a `seq`, in order, at least one if there is any and not many more than `maxBytes`. */
  read(key: string, after: number, maxBytes: number): Promise<Chunk[]>
  /** Bytes of one channel from an offset on: at most `length`, and at most what is there. */
  slice(key: string, channel: string, offset: number, length: number): Promise<Uint8Array>
  extents(key: string): Promise<Extent[]>
  /**
   * The stream is over: hands it over to where it is kept for good, if it does not lie there. Safe to repeat, by anybody,
   * also when it was interrupted; those who read meanwhile notice nothing. Appending to it throws StreamSettled.
   */
  settle(key: string): Promise<void>
  /** Afterwards there is no such stream; one of the same key begins anew. */
  remove(key: string): Promise<void>
}
