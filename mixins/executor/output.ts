import { readSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Channel, Sink } from './executor.ts'
import type { End } from './pipes.ts'

/** What a program may still print, on both channels together. */
export type Allowance = { left: number; overdrawn: boolean }

/** What befalls a program's output. */
export type Watcher = { onExcess(): void; onFailure(error: Error): void }

// One for all: it is read into and copied from in the same turn, and most programs have left nothing to read.
const piece = Buffer.allocUnsafeSlow(65_536)

/**
 * Hands a program's bytes to the sink exactly as they came, up to the allowance; what comes after is counted as lost.
 * While the sink is busy nothing more is read, so that the program waits and memory stays bounded.
 */
export class Pump {
  readonly #socket: Socket
  readonly #fd: number
  readonly #channel: Channel
  readonly #sink: Sink
  readonly #allowance: Allowance
  readonly #watcher: Watcher
  #handing: Promise<void> = Promise.resolve()
  #finishing = false
  truncated = false

  constructor({ fd, socket }: End, channel: Channel, sink: Sink, allowance: Allowance, watcher: Watcher) {
    this.#fd = fd
    this.#channel = channel
    this.#sink = sink
    this.#allowance = allowance
    this.#watcher = watcher
    this.#socket = socket
    this.#socket.on('error', (error) => watcher.onFailure(error))
    this.#socket.on('data', (bytes: Buffer) => this.#receive(bytes))
  }

  /** Hands on what is still in the pipe. Only once nobody writes to it any more. */
  async finish(): Promise<void> {
    this.#finishing = true
    this.#socket.pause()
    // Reading by hand would call the listener too.
    this.#socket.removeAllListeners('data')
    await this.#handing
    for (let bytes = this.#next(); bytes !== null; bytes = this.#next()) await this.#hand(bytes)
  }

  #receive(bytes: Buffer): void {
    const given = this.#hand(bytes)
    if (!given) return
    this.#socket.pause()
    this.#handing = given.then(() => {
      if (!this.#finishing) this.#socket.resume()
    })
  }

  #hand(bytes: Buffer): Promise<void> | undefined {
    const kept = bytes.subarray(0, this.#allowance.left)
    this.#allowance.left -= kept.length
    if (kept.length < bytes.length) this.#exceed()
    if (kept.length === 0) return undefined
    try {
      return this.#sink.output(this.#channel, kept)?.catch((error: Error) => this.#watcher.onFailure(error))
    } catch (error) {
      this.#watcher.onFailure(error as Error)
      return undefined
    }
  }

  #exceed(): void {
    this.truncated = true
    if (!this.#allowance.overdrawn) this.#watcher.onExcess()
    this.#allowance.overdrawn = true
  }

  // First what the socket has read ahead, else from the pipe itself.
  #next(): Buffer | null {
    const ahead: Buffer | null = this.#socket.read()
    if (ahead !== null || this.#socket.destroyed) return ahead
    try {
      const size = readSync(this.#fd, piece)
      return size > 0 ? Buffer.from(piece.subarray(0, size)) : null
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return null
      throw error
    }
  }
}
