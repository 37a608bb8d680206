/** What two ends of the bus say to each other: "send me this topic", or "this was said on that topic". */
export type Frame = { kind: 'subscribe' | 'message'; topic: string; payload: Buffer }

/** Bytes on the bus that no end of it writes. */
export class MalformedFrame extends Error {
  readonly type = 'MALFORMED_FRAME'
}

const KINDS = ['subscribe', 'message'] as const
const LENGTH = 4
const HEAD = 3
/** One frame is at most this large; a longer one is an error, not a buffer that grows. */
export const MAX_FRAME_BYTES = 64 * 1024 ** 2

const NOTHING = Buffer.alloc(0)

/** A frame as bytes: length, kind, length of the topic, topic, payload. */
export const encode = (kind: Frame['kind'], topic: string, payload: Buffer = NOTHING): Buffer => {
  const name = Buffer.from(topic)
  const length = HEAD + name.length + payload.length
  if (length > MAX_FRAME_BYTES)
    throw new MalformedFrame(`A message of ${payload.length} bytes is too large for the bus.`)
  const head = Buffer.allocUnsafe(LENGTH + HEAD)
  head.writeUInt32BE(length, 0)
  head.writeUInt8(KINDS.indexOf(kind), LENGTH)
  head.writeUInt16BE(name.length, LENGTH + 1)
  return Buffer.concat([head, name, payload])
}

/** Turns a byte stream back into frames, however it was cut; keeps at most one unfinished frame in memory. */
export const decoder = (onFrame: (frame: Frame) => void): ((chunk: Buffer) => void) => {
  let held: Buffer[] = []
  let size = 0
  let wanted = LENGTH
  return (chunk) => {
    held.push(chunk)
    size += chunk.length
    if (size < wanted) return
    const bytes = held.length === 1 ? chunk : Buffer.concat(held)
    let at = 0
    for (wanted = LENGTH; bytes.length - at >= wanted; ) {
      const length = bytes.readUInt32BE(at)
      if (length < HEAD || length > MAX_FRAME_BYTES) throw new MalformedFrame(`A frame of ${length} bytes arrived.`)
      wanted = LENGTH + length
      if (bytes.length - at < wanted) break
      onFrame(parse(bytes.subarray(at + LENGTH, at + wanted)))
      at += wanted
      wanted = LENGTH
    }
    held = at < bytes.length ? [bytes.subarray(at)] : []
    size = bytes.length - at
  }
}

const parse = (bytes: Buffer): Frame => {
  const kind = KINDS[bytes.readUInt8(0)]
  const topicEnd = HEAD + bytes.readUInt16BE(1)
  if (!kind || topicEnd > bytes.length) throw new MalformedFrame('A frame without a kind or a topic arrived.')
  return { kind, topic: bytes.toString('utf8', HEAD, topicEnd), payload: bytes.subarray(topicEnd) }
}
