import type { RedisConnection } from '../redis/connection.ts'
import { RedisUnavailable } from '../redis/refusals.ts'
import { scriptsIn } from '../redis/scripts.ts'
import type { Documents } from '../store/documents.ts'
import { Copies } from './copies.ts'
import { cut } from './pages.ts'
import { StoredStreams } from './stored-streams.ts'
import { type Chunk, type Extent, type Piece, StreamLost, StreamSettled, type Streams } from './streams.ts'

const scripts = scriptsIn(new URL('./redis/', import.meta.url), 'stream', [
  'append',
  'read',
  'slice',
  'settle',
  'vacate',
  'remove',
])

const COPIED_BYTES = 256 * 1024 * 1024
const STEP_BYTES = 1024 * 1024
// No run lasts so long; what its end did not clear away goes by itself.
const LIVE_SECONDS = 7 * 86_400
// For as long a worker that lost its run, and does not know yet, may try to write to it.
const SETTLED_SECONDS = 600

type Answer = [seq: number, channel: Buffer, offset: number, at: number, bytes: Buffer]

/** Byte streams that live on Redis and, once they are over, in the store. */
class RedisStreams implements Streams {
  readonly #redis: RedisConnection
  readonly #stored: StoredStreams
  readonly #copies = new Copies(COPIED_BYTES)

  constructor(redis: RedisConnection, documents: Documents) {
    this.#redis = redis
    this.#stored = new StoredStreams(documents)
  }

  async append(key: string, pieces: Piece[], after?: number): Promise<number> {
    const [outcome, seq] = await this.#send(key, pieces, after ?? -1)
    if (outcome === 'settled') throw new StreamSettled(key)
    if (outcome === 'lost') {
      await this.#restore(key, seq, after ?? 0)
      return this.append(key, pieces, after)
    }
    if (after === undefined) return seq
    this.#copies.add(key, after, pieces)
    return after + pieces.length
  }

  async read(key: string, after: number, maxBytes: number): Promise<Chunk[]> {
    return (await this.#live(key, after, maxBytes)) ?? this.#stored.read(key, after, maxBytes)
  }

  async slice(key: string, channel: string, offset: number, length: number): Promise<Uint8Array> {
    if (length <= 0) return new Uint8Array()
    const found = await this.#redis.runForBytes(scripts.slice, keyOf(key), channel, offset, length)
    if (!found) return this.#stored.slice(key, channel, offset, length)
    return new Uint8Array(Buffer.concat(cut((found as Answer[]).map(chunkOf), channel, offset, offset + length)))
  }

  async extents(key: string): Promise<Extent[]> {
    const ends = await this.#redis.do((client) => client.hgetall(`${keyOf(key)}:ends`))
    const channels = Object.entries(ends).filter(([field]) => field.startsWith('>'))
    if (channels.length === 0) return this.#stored.extents(key)
    return channels.map(([field, bytes]) => ({ channel: field.slice(1), bytes: Number(bytes) }))
  }

  async settle(key: string): Promise<void> {
    if (await this.#isVacated(key)) return
    await this.#stored.keep(key, this.#all(key))
    await this.#redis.run(scripts.settle, keyOf(key), SETTLED_SECONDS)
    this.#copies.forget(key)
  }

  async remove(key: string): Promise<void> {
    await this.#redis.run(scripts.remove, keyOf(key))
    await this.#stored.remove(key)
    this.#copies.forget(key)
  }

  /** Whether there was nothing to hand over: most runs leave no artifacts, and most are handed over by their workers. */
  async #isVacated(key: string): Promise<boolean> {
    if (this.#copies.whole(key)) return false
    return (await this.#redis.run(scripts.vacate, keyOf(key), SETTLED_SECONDS)) === 1
  }

  async #send(key: string, pieces: Piece[], after: number): Promise<[outcome: string, seq: number]> {
    const values = pieces.flatMap(({ channel, at, bytes }) => [channel, at, bufferOf(bytes)])
    return (await this.#redis.run(scripts.append, keyOf(key), after, LIVE_SECONDS, ...values)) as [string, number]
  }

  /** Gives a server that has lost pieces of this process those between two numbers again. */
  async #restore(key: string, from: number, to: number): Promise<void> {
    if (await this.#stored.has(key)) throw new StreamSettled(key)
    const chunks = this.#copies.upTo(key, to)
    if (!chunks) throw new StreamLost(key)
    for (let at = from; at < to; ) {
      const step = takeBytes(chunks.slice(at), STEP_BYTES)
      const [outcome] = await this.#send(key, step, at)
      if (outcome === 'settled') throw new StreamSettled(key)
      // It has lost its memory once more; the append that asked for this begins again.
      if (outcome === 'lost') return
      at += step.length
    }
  }

  /** A whole stream: what this process has written, or else what the server has. */
  async *#all(key: string): AsyncGenerator<Chunk> {
    const own = this.#copies.whole(key)
    if (own) return yield* own
    let chunks = (await this.#live(key, 0, STEP_BYTES)) ?? []
    while (chunks.length > 0) {
      yield* chunks
      const more = await this.#live(key, chunks.at(-1)!.seq, STEP_BYTES)
      // A part must not pass for the whole; who asks again finds what somebody else has handed over, or the truth.
      if (!more) throw new RedisUnavailable(`The stream ${key} was taken away while it was handed over.`)
      chunks = more
    }
  }

  /** What lives on the server; null where there is no such stream. */
  async #live(key: string, after: number, maxBytes: number): Promise<Chunk[] | null> {
    const most = Math.min(maxBytes, Number.MAX_SAFE_INTEGER)
    const found = await this.#redis.runForBytes(scripts.read, keyOf(key), after, most)
    return found ? (found as Answer[]).map(chunkOf) : null
  }
}

// The client sends Buffers only, and this one shares the bytes.
const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength)

const keyOf = (key: string): string => `greenroom:stream:{${key}}`

const chunkOf = ([seq, channel, offset, at, bytes]: Answer): Chunk => ({
  seq: Number(seq),
  channel: String(channel),
  offset,
  bytes: new Uint8Array(bytes),
  at,
})

const takeBytes = (chunks: Chunk[], most: number): Chunk[] => {
  let bytes = 0
  const end = chunks.findIndex((chunk) => {
    bytes += chunk.bytes.length
    return bytes >= most
  })
  return end < 0 ? chunks : chunks.slice(0, end + 1)
}

/**
 * Byte streams on a Redis server, handed over to the store when they are over. A running stream survives the death of the
 * server's process, and the loss of all that it holds as long as the process that writes it lives.
 */
export const redisStreams = (redis: RedisConnection, documents: Documents): Streams => {
  redis.define(Object.values(scripts))
  return new RedisStreams(redis, documents)
}
