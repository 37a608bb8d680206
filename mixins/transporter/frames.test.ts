import { randomInt } from 'node:crypto'
import { decoder, encode, type Frame, MAX_FRAME_BYTES } from './frames.ts'

const collect = () => {
  const frames: Frame[] = []
  return { frames, feed: decoder((frame) => frames.push({ ...frame, payload: Buffer.from(frame.payload) })) }
}

describe('frames of the bus', () => {
  it('come out as they went in, however the stream is cut', () => {
    const seed = randomInt(2 ** 30)
    let state = seed
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return Math.floor((state / 2 ** 31) * below)
    }
    const sent = Array.from({ length: 200 }, (_, index) => ({
      kind: index % 3 ? ('message' as const) : ('subscribe' as const),
      topic: `MOL.ключ.${'x'.repeat(random(300))}`,
      payload: Buffer.alloc(random(5) ? random(100) : random(70_000), index),
    }))
    const bytes = Buffer.concat(sent.map(({ kind, topic, payload }) => encode(kind, topic, payload)))
    const { frames, feed } = collect()
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + random(random(2) ? 10 : 20_000)
      feed(bytes.subarray(at, at + length))
      at += length
    }
    if (JSON.stringify(frames) !== JSON.stringify(sent)) throw new Error(`frames differ with seed ${seed}`)
    expect(frames).toHaveLength(200)
  })

  it('are refused when they claim to be longer than a frame may be', () => {
    const { feed } = collect()
    const head = Buffer.alloc(4)
    head.writeUInt32BE(MAX_FRAME_BYTES + 1)
    expect(() => feed(head)).toThrow(expect.objectContaining({ type: 'MALFORMED_FRAME' }))
    expect(() => encode('message', 't', Buffer.alloc(MAX_FRAME_BYTES))).toThrow('too large for the bus')
  })

  it('are refused when kind or topic make no sense', () => {
    expect(() => collect().feed(Buffer.from([0, 0, 0, 3, 9, 0, 0]))).toThrow('without a kind or a topic')
    expect(() => collect().feed(Buffer.from([0, 0, 0, 3, 1, 0, 9]))).toThrow('without a kind or a topic')
  })
})
