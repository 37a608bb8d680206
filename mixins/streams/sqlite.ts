import type { Database } from '../sqlite/database.ts'
import { type Chunk, type Extent, type Piece, StreamLost, StreamSettled, type Streams } from './streams.ts'

// What one transaction deletes, so that no removal holds up the process.
const REMOVED_BYTES = 1024 * 1024
const REMOVED_PIECES = 500

const sql = {
  open: `insert into stream(key, seq) values(?, ?) on conflict(key) do update set seq = seq + excluded.seq
    returning no, seq, settled`,
  retract: 'update stream set seq = seq - ? where no = ?',
  isOpen: 'select 1 from stream where key = ? and settled = 0',
  settle: 'update stream set settled = 1 where key = ?',
  extend: `insert into stream_extent values(?, ?, ?) on conflict do update set bytes = bytes + excluded.bytes
    returning bytes`,
  append: 'insert into stream_chunk(stream, seq, channel, "offset", at, bytes) values(?, ?, ?, ?, ?, ?)',
  find: 'select no from stream where key = ?',
  read: 'select seq, channel, "offset", at, bytes from stream_chunk where stream = ? and seq > ? order by seq',
  slice: `select "offset", bytes from stream_chunk where stream = ? and channel = ? and "offset" < ? and "offset" >= coalesce(
    (select max("offset") from stream_chunk where stream = ? and channel = ? and "offset" <= ?), 0) order by "offset", seq`,
  extents: `select channel, bytes from stream_extent where stream = ? order by channel`,
  // A stream without a key is gone for everybody; its pieces follow in steps, after a crash too.
  disown: 'update stream set key = null where key = ?',
  orphan: 'select no from stream where key is null limit 1',
  pieces: 'select no, length(bytes) as size from stream_chunk where stream = ? limit ?',
  removePiece: 'delete from stream_chunk where no = ?',
  removeExtents: 'delete from stream_extent where stream = ?',
  removeStream: 'delete from stream where no = ?',
}

type Opened = { no: number; seq: number; settled: number }

/** Byte streams in the data file. */
class SqliteStreams implements Streams {
  readonly #database: Database
  readonly #isForcedWithStore: boolean

  constructor(database: Database, isForcedWithStore: boolean) {
    this.#database = database
    this.#isForcedWithStore = isForcedWithStore
  }

  append(key: string, pieces: Piece[], after?: number): Promise<number> {
    const append = () => this.#append(key, pieces, after)
    // What many write nobody settles, so that it has to be on the disk at once.
    return this.#database.write(append, { durable: after === undefined })
  }

  #append(key: string, pieces: Piece[], after: number | undefined): number {
    const stream = this.#database.get<Opened>(sql.open, key, pieces.length)
    if (!stream) throw new TypeError('The data file did not give the stream a number.')
    if (stream.settled) throw new StreamSettled(key)
    const end = stream.seq - pieces.length
    if (after !== undefined && after > end) throw new StreamLost(key)
    const known = Math.min(pieces.length, end - (after ?? end))
    if (known > 0) this.#database.run(sql.retract, known, stream.no)
    for (const [index, piece] of pieces.slice(known).entries()) this.#place(stream.no, end + index + 1, piece)
    return after === undefined ? stream.seq : after + pieces.length
  }

  async read(key: string, after: number, maxBytes: number): Promise<Chunk[]> {
    const stream = this.#find(key)
    const chunks: Chunk[] = []
    if (stream === undefined) return chunks
    let bytes = 0
    for (const chunk of this.#database.each<Chunk>(sql.read, stream, after)) {
      chunks.push({ ...chunk })
      bytes += chunk.bytes.length
      if (bytes >= maxBytes) break
    }
    return chunks
  }

  async slice(key: string, channel: string, offset: number, length: number): Promise<Uint8Array> {
    const stream = this.#find(key)
    if (stream === undefined || length <= 0) return new Uint8Array()
    const end = offset + length
    const parts: Uint8Array[] = []
    for (const part of this.#database.each<Chunk>(sql.slice, stream, channel, end, stream, channel, offset)) {
      parts.push(part.bytes.subarray(Math.max(0, offset - part.offset), Math.max(0, end - part.offset)))
    }
    return new Uint8Array(Buffer.concat(parts))
  }

  async extents(key: string): Promise<Extent[]> {
    const stream = this.#find(key)
    if (stream === undefined) return []
    return this.#database.all<Extent>(sql.extents, stream).map((extent) => ({ ...extent }))
  }

  /** It lies where it is kept for good already, and is forced to disk at the latest now, or with what tells its end. */
  async settle(key: string): Promise<void> {
    // Whoever settled it may have heard that the disk has failed.
    if (!this.#database.get(sql.isOpen, key)) return this.#isForcedWithStore ? undefined : this.#database.flushed()
    const settled = this.#database.write(() => this.#database.run(sql.settle, key), {
      durable: !this.#isForcedWithStore,
    })
    if (!this.#isForcedWithStore) await settled
    // Whatever is written later comes after it. Where it fails, the run has ended all the same, and is cleared away again.
    else settled.catch(() => undefined)
  }

  async remove(key: string): Promise<void> {
    if (this.#find(key) !== undefined) await this.#database.write(() => this.#database.run(sql.disown, key))
    while (this.#orphan() !== undefined) await this.#database.write(() => this.#removeSome(), { durable: false })
  }

  #find(key: string): number | undefined {
    return this.#database.get<{ no: number }>(sql.find, key)?.no
  }

  #place(stream: number, seq: number, { channel, bytes, at }: Piece): void {
    const end = this.#database.get<{ bytes: number }>(sql.extend, stream, channel, bytes.length)?.bytes ?? 0
    this.#database.run(sql.append, stream, seq, channel, end - bytes.length, at, bytes)
  }

  #orphan(): number | undefined {
    return this.#database.get<{ no: number }>(sql.orphan)?.no
  }

  /** Deletes a bounded part of what nobody owns. */
  #removeSome(): void {
    const orphan = this.#orphan()
    if (orphan === undefined) return
    const pieces = this.#database.all<{ no: number; size: number }>(sql.pieces, orphan, REMOVED_PIECES)
    let bytes = 0
    for (const piece of pieces) {
      this.#database.run(sql.removePiece, piece.no)
      bytes += piece.size
      if (bytes >= REMOVED_BYTES) return
    }
    if (pieces.length === REMOVED_PIECES) return
    this.#database.run(sql.removeExtents, orphan)
    this.#database.run(sql.removeStream, orphan)
  }
}

/**
 * Byte streams in the data file. `withStore`: the documents that tell of them lie in the same file, whose log is forced to
 * disk in order, so that no end of a stream outlives a power cut without the stream itself.
 */
export const sqliteStreams = (database: Database, { withStore = false } = {}): Streams =>
  new SqliteStreams(database, withStore)
