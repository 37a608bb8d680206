import { Decoder, fromBase64 } from './decode.ts'
import { LineStore } from './lines.ts'
import { Sanitizer } from './sanitizer.ts'
import type { Stream } from './wire.ts'

/** A piece of output as the live stream tells it; `at` is when the program wrote it. */
export type OutputEvent = { stream: Stream; offset: number; text?: string; base64?: string; at?: string | number }

const channel = () => ({ decoder: new Decoder(), sanitizer: new Sanitizer(), bytes: 0 })

/** The output of one attempt, from bytes to rows; a piece that was already taken is left out. */
export class Output {
  readonly lines = new LineStore()
  readonly #channels = { stdout: channel(), stderr: channel() }

  take(event: OutputEvent, now: number) {
    const { decoder, sanitizer, bytes } = this.#channels[event.stream]
    const piece = this.#unseen(event, bytes)
    if (piece === null) return
    const decoded = piece.base64 === undefined ? decoder.text(piece.text ?? '') : decoder.base64(piece.base64)
    this.#channels[event.stream].bytes = Math.max(bytes, piece.offset) + decoded.bytes
    const text = decoded.binary ? decoded.text : sanitizer.push(decoded.text)
    this.lines.append(event.stream, text, event.at === undefined ? now : new Date(event.at).getTime())
  }

  bytes(stream: Stream): number {
    return this.#channels[stream].bytes
  }

  binaryBytes(stream: Stream): number {
    return this.#channels[stream].decoder.binaryBytes
  }

  // The part of a piece that is new; null when there is none.
  #unseen(event: OutputEvent, seen: number): OutputEvent | null {
    if (event.offset >= seen) return event
    const whole = event.base64 === undefined ? new TextEncoder().encode(event.text ?? '') : fromBase64(event.base64)
    const rest = whole.subarray(seen - event.offset)
    if (rest.length === 0) return null
    return { ...event, offset: seen, text: undefined, base64: btoa(String.fromCharCode(...rest)) }
  }
}
