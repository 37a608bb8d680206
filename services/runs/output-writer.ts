import { setTimeout as sleep } from 'node:timers/promises'
import type { Channel } from '../../mixins/executor/executor.ts'
import type { Streams } from '../../mixins/streams/streams.ts'

type Piece = { channel: Channel; bytes: Uint8Array; at: number }

const MOST_PENDING = 1024 * 1024
const PIECE_BYTES = 256 * 1024
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2000

/**
 * Keeps the output of one attempt: pieces in order of arrival, each durable before the next append begins, cut between
 * characters where they are UTF-8. While the store cannot be written the program is held back; nothing is dropped.
 */
export class OutputWriter {
  readonly bytes = { stdout: 0, stderr: 0 }
  /** What was kept is gone or closed for good: the output is not whole. */
  lost = false
  readonly #streams: Streams
  readonly #key: string
  readonly #appended: () => void
  readonly #abandoned: AbortSignal
  readonly #held: Record<Channel, Uint8Array> = { stdout: new Uint8Array(), stderr: new Uint8Array() }
  #pending: Piece[] = []
  #pendingBytes = 0
  #seq = 0
  #writing: Promise<void> | null = null

  /** `appended` is called after every durable append; after `abandoned` nothing is written any more. */
  constructor(streams: Streams, key: string, appended: () => void, abandoned: AbortSignal) {
    this.#streams = streams
    this.#key = key
    this.#appended = appended
    this.#abandoned = abandoned
  }

  /** Takes bytes; the promise, if any, resolves when there is room for more. */
  push(channel: Channel, bytes: Uint8Array): Promise<void> | undefined {
    this.bytes[channel] += bytes.length
    const held = this.#held[channel]
    const all = held.length > 0 ? Buffer.concat([held, bytes]) : bytes
    const end = all.length - unfinished(all)
    this.#held[channel] = all.subarray(end)
    if (end > 0) this.#add(channel, all.subarray(0, end))
    return this.#pendingBytes > MOST_PENDING ? this.#write() : undefined
  }

  /** Resolves when everything is kept, bytes of unfinished characters too. */
  async finish(): Promise<void> {
    for (const channel of ['stdout', 'stderr'] as const) {
      if (this.#held[channel].length > 0) this.#add(channel, this.#held[channel])
      this.#held[channel] = new Uint8Array()
    }
    while (this.#writing || this.#unwritten) await this.#write()
  }

  #add(channel: Channel, bytes: Uint8Array): void {
    const last = this.#pending.at(-1)
    if (last?.channel === channel && last.bytes.length + bytes.length <= PIECE_BYTES)
      last.bytes = Buffer.concat([last.bytes, bytes])
    else this.#pending.push({ channel, bytes, at: Date.now() })
    this.#pendingBytes += bytes.length
    void this.#write()
  }

  #write(): Promise<void> {
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = null
      if (this.#unwritten) void this.#write()
    })
    return this.#writing
  }

  get #unwritten(): boolean {
    return this.#pending.length > 0 && !this.#isOver
  }

  get #isOver(): boolean {
    return this.lost || this.#abandoned.aborted
  }

  async #drain(): Promise<void> {
    while (this.#unwritten) {
      const batch = this.#pending
      this.#pending = []
      this.#pendingBytes = 0
      await this.#keep(batch)
    }
  }

  // Whether a failed append was done is not known: the same pieces are sent again, and those that are there are not added.
  async #keep(batch: Piece[]): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !this.#isOver; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
      try {
        this.#seq = await this.#streams.append(this.#key, batch, this.#seq)
        return this.#appended()
      } catch (error) {
        // No for now (locked, full, away): the bytes stay ours, and the program waits for us. Or no for good.
        if ((error as { retryable?: boolean }).retryable === false) this.lost = true
        else await sleep(pause)
      }
    }
  }
}

/** How many bytes at the end begin a UTF-8 character that is not complete yet. */
export const unfinished = (bytes: Uint8Array): number => {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if ((byte & 0xc0) === 0x80) continue
    const width = byte >= 0xf0 && byte <= 0xf4 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1
    return byte <= 0xf4 && width > back ? back : 0
  }
  return 0
}
