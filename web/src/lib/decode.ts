import { hexLines } from './hex.ts'

/** Bytes of a stream as text for people, and how many of them were no text. */
export type Decoded = { text: string; bytes: number; binary: boolean }

/** The most bytes of binary output that are shown as hex; the rest is for download. */
export const HEX_SHOWN = 4096
const REPLACED = /\ufffd/g

export const fromBase64 = (base64: string): Uint8Array<ArrayBuffer> => {
  const binary = atob(base64)
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
  return bytes
}

// Text in another encoding has some invalid bytes; binary has zeros, or hardly anything else.
const looksBinary = (bytes: Uint8Array, text: string): boolean =>
  bytes.includes(0) || (text.match(REPLACED)?.length ?? 0) > bytes.length / 10 + 1

/** Turns the pieces of one stream into text, characters cut in two included; binary becomes a hex dump of its first bytes. */
export class Decoder {
  #decoder = new TextDecoder()
  #encoder = new TextEncoder()
  binaryBytes = 0

  text(text: string): Decoded {
    const bytes = this.#encoder.encode(text).length
    return { text: this.#decoder.decode() + text, bytes, binary: false }
  }

  base64(base64: string): Decoded {
    const bytes = fromBase64(base64)
    const text = this.#decoder.decode(bytes, { stream: true })
    if (!looksBinary(bytes, text)) return { text, bytes: bytes.length, binary: false }
    this.#decoder = new TextDecoder()
    return { text: this.#hex(bytes), bytes: bytes.length, binary: true }
  }

  #hex(bytes: Uint8Array): string {
    const shown = bytes.subarray(0, Math.max(0, HEX_SHOWN - this.binaryBytes))
    const lines = hexLines(shown, this.binaryBytes)
    this.binaryBytes += bytes.length
    return lines.map((line) => `${line}\n`).join('')
  }
}
