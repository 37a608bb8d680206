import type { Readable } from 'node:stream'
import type { ProgramFile } from './executor.ts'

// Paths and sizes, on top of the bytes of the files.
const SLACK_BYTES = 1 << 20

/** Reads what `agents/handing-over.pl` hands over, piece by piece; throws RangeError where it is cut short. */
export class FrameReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  number(): number {
    this.#at += 4
    return this.#bytes.readUInt32BE(this.#at - 4)
  }

  piece(): Buffer {
    const size = this.number()
    this.#at += size
    if (this.#at > this.#bytes.length) throw new RangeError('What was handed over is cut short.')
    return this.#bytes.subarray(this.#at - size, this.#at)
  }

  /** As many as are announced; throws RangeError where that is more than `most`. */
  list<T>(most: number, read: () => T): T[] {
    const length = this.number()
    if (length > most) throw new RangeError('More was handed over than may be.')
    return Array.from({ length }, read)
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }
}

/** Files as `agents/handing-over.pl` hands them over and as the compile cache keeps them. */
export const encodeFiles = (files: readonly ProgramFile[]): Buffer =>
  Buffer.concat([
    count(files.length),
    ...files.flatMap(({ path, bytes }) => [...sized(Buffer.from(path)), ...sized(bytes)]),
  ])

/**
 * One frame from the stream, without its length; null where it is larger than such files can be, or the stream ends
 * before all has come. Listens from the moment it is called.
 */
export const receiveFrame = (stream: Readable, mostBytes: number): Promise<Buffer | null> => {
  const pieces: Buffer[] = []
  let received = 0
  return new Promise<Buffer | null>((resolve) => {
    const end = () => finish(null)
    const take = (piece: Buffer) => {
      pieces.push(piece)
      received += piece.length
      if (received < 4) return
      if (pieces[0]!.length < 4) pieces.unshift(Buffer.concat(pieces.splice(0)))
      const size = pieces[0]!.readUInt32BE()
      if (size > mostBytes + SLACK_BYTES) finish(null)
      else if (received >= size + 4) finish(Buffer.concat(pieces).subarray(4, size + 4))
    }
    const finish = (all: Buffer | null) => {
      stream.off('data', take).off('close', end).off('end', end)
      // What else comes is nobody's, but must not be left lying: the stream would never end.
      stream.resume()
      resolve(all)
    }
    if (stream.destroyed || stream.readableEnded) return resolve(null)
    stream.on('data', take).on('close', end).on('end', end)
  })
}

const count = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const sized = (bytes: Uint8Array) => [count(bytes.length), bytes]
