import type { Running } from '../../mixins/executor/executor.ts'
import type { Chunk, Streams } from '../../mixins/streams/streams.ts'

const READ_BYTES = 256 * 1024
const RETRY_MS = 500

/** Hands the kept input of an interactive run to its program, in order and once, as far as it has come. */
export class InputFeed {
  readonly #streams: Streams
  readonly #key: string
  readonly #running: Running
  #after = 0
  #closed = false
  #reading = false
  #again = false

  constructor(streams: Streams, key: string, running: Running) {
    this.#streams = streams
    this.#key = key
    this.#running = running
  }

  /** There may be more; calls that come while bytes are being handed over are not lost. */
  wake(): void {
    this.#again = true
    if (!this.#reading) void this.#read()
  }

  async #read(): Promise<void> {
    this.#reading = true
    try {
      while (this.#again && !this.#closed) {
        this.#again = false
        for (const chunk of await this.#streams.read(this.#key, this.#after, READ_BYTES)) await this.#hand(chunk)
      }
    } catch {
      // The store does not answer for now; the bytes are kept there, so asking again is enough.
      setTimeout(() => this.wake(), RETRY_MS).unref()
    } finally {
      this.#reading = false
    }
  }

  async #hand(chunk: Chunk): Promise<void> {
    this.#after = chunk.seq
    this.#again = true
    if (chunk.channel !== 'eof') return this.#running.write(chunk.bytes)
    this.#closed = true
    this.#running.closeStdin()
  }
}
