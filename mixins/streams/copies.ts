import type { Chunk, Piece } from './streams.ts'

type Copy = { chunks: Chunk[]; ends: Map<string, number>; bytes: number }

/**
 * What this process has written to streams that are not over: a server that has lost it gets it again. Bounded: where many
 * streams are left unfinished, the oldest are forgotten.
 */
export class Copies {
  readonly #maxBytes: number
  readonly #copies = new Map<string, Copy>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Keeps pieces that come after a seq; only what is whole from its first piece on is of use. */
  add(key: string, after: number, pieces: Piece[]): void {
    const copy = after === 0 ? this.#begun(key) : this.#copies.get(key)
    if (!copy) return
    if (copy.chunks.length < after) {
      this.forget(key)
      return
    }
    for (const { channel, bytes, at } of pieces.slice(copy.chunks.length - after)) {
      const offset = copy.ends.get(channel) ?? 0
      copy.chunks.push({ seq: copy.chunks.length + 1, channel, offset, bytes, at })
      copy.ends.set(channel, offset + bytes.length)
      copy.bytes += bytes.length
      this.#bytes += bytes.length
    }
    for (const oldest of this.#copies.keys()) {
      if (this.#bytes <= this.#maxBytes) break
      this.forget(oldest)
    }
  }

  /** Everything up to a seq; null where it is not whole. */
  upTo(key: string, seq: number): Chunk[] | null {
    const chunks = this.#copies.get(key)?.chunks ?? []
    return chunks.length >= seq ? chunks.slice(0, seq) : null
  }

  whole(key: string): Chunk[] | null {
    return this.#copies.get(key)?.chunks ?? null
  }

  forget(key: string): void {
    this.#bytes -= this.#copies.get(key)?.bytes ?? 0
    this.#copies.delete(key)
  }

  #begun(key: string): Copy {
    const copy = this.#copies.get(key) ?? { chunks: [], ends: new Map(), bytes: 0 }
    this.#copies.set(key, copy)
    return copy
  }
}
