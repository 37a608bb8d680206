import { createHash } from 'node:crypto'
import { type Random, seeded } from '../../test/random.ts'
import type { StreamsHarness } from './streams.suite.ts'
import type { Chunk, Piece, Streams } from './streams.ts'

const piece = (text: string, channel = 'stdout') => ({ channel, bytes: new TextEncoder().encode(text), at: 1 })
const text = (of: Uint8Array) => new TextDecoder().decode(of)
const noise = (random: Random, length: number) => Uint8Array.from({ length }, () => random.below(256))

/** What must hold of a byte stream that is over, for any backend. */
export const settledSuite = (backend: string, open: () => Promise<StreamsHarness>): void => {
  describe(`a settled byte stream on ${backend}`, () => {
    let harness: StreamsHarness
    let streams: Streams

    beforeEach(async () => {
      harness = await open()
      streams = harness.streams()
    })
    afterEach(() => harness.close())

    const everything = async (key: string, maxBytes: number): Promise<Chunk[]> => {
      const chunks: Chunk[] = []
      for (let page = await streams.read(key, 0, maxBytes); page.length > 0; ) {
        chunks.push(...page)
        page = await streams.read(key, page.at(-1)!.seq, maxBytes)
      }
      return chunks
    }

    // Bytes by their digest: comparing them one by one would be most of the test.
    const digests = (chunks: Chunk[]) =>
      chunks.map(({ bytes, ...chunk }) => ({ ...chunk, digest: createHash('sha1').update(bytes).digest('hex') }))

    it('reads as it did, over and over, and over a restart', async () => {
      await streams.append('a', [piece('hello '), piece('NOISE', 'stderr'), piece(''), piece('world')], 0)
      const before = await streams.read('a', 0, 1000)
      await streams.settle('a')
      await streams.settle('a')
      await harness.restart()
      streams = harness.streams()
      expect(await streams.read('a', 0, 1000)).toEqual(before)
      expect((await streams.read('a', 1, 1)).map(({ seq }) => seq)).toEqual([2])
      expect(await streams.read('a', 4, 1000)).toEqual([])
      expect(text(await streams.slice('a', 'stdout', 4, 4))).toBe('o wo')
      expect(await streams.slice('a', 'stdout', 11, 4)).toEqual(new Uint8Array())
      expect(await streams.slice('a', 'none', 0, 4)).toEqual(new Uint8Array())
      const extents = (await streams.extents('a')).toSorted((a, b) => a.channel.localeCompare(b.channel))
      expect(extents).toEqual([
        { channel: 'stderr', bytes: 5 },
        { channel: 'stdout', bytes: 11 },
      ])
    })

    it('is over: nothing can be appended', async () => {
      const settled = { type: 'STREAM_SETTLED', retryable: false }
      await streams.append('a', [piece('one')], 0)
      await streams.settle('a')
      await expect(streams.append('a', [piece('two')], 1)).rejects.toMatchObject(settled)
      await expect(streams.append('a', [piece('two')])).rejects.toMatchObject(settled)
      expect((await streams.read('a', 0, 1000)).map(({ bytes }) => text(bytes))).toEqual(['one'])
    })

    it('that never had a piece has none', async () => {
      await streams.settle('none')
      expect([await streams.read('none', 0, 1000), await streams.extents('none')]).toEqual([[], []])
    })

    it('can be removed, and begins anew', async () => {
      await streams.append('a', [piece('x'.repeat(700_000)), piece('old'), piece('old', 'stderr')])
      await streams.append('b', [piece('stays')])
      for (const key of ['a', 'b']) await streams.settle(key)
      await streams.remove('a')
      expect([await streams.read('a', 0, 1000), await streams.extents('a')]).toEqual([[], []])
      expect(await streams.append('a', [piece('new')], 0)).toBe(1)
      await streams.settle('a')
      expect(text(await streams.slice('a', 'stdout', 0, 10))).toBe('new')
      expect(text(await streams.slice('b', 'stdout', 0, 10))).toBe('stays')
    })

    it('can be settled by anybody at once, while others read', async () => {
      const pieces = Array.from({ length: 40 }, (_, n) => piece(`<${n}>`.repeat(5000)))
      await streams.append('a', pieces)
      const before = digests(await everything('a', 100_000))
      const readers = Array.from({ length: 5 }, () => everything('a', 50_000))
      const settlers = Array.from({ length: 3 }, () => streams.settle('a').catch((error) => error))
      for (const read of await Promise.all(readers)) expect(digests(read)).toEqual(before)
      for (const outcome of await Promise.all(settlers)) if (outcome) expect(outcome.retryable).toBe(true)
      await streams.settle('a')
      expect(digests(await everything('a', 100_000))).toEqual(before)
    })

    it('gives back exactly what went in, whatever the pieces and the ranges', async () => {
      await seeded(async (random) => {
        const whole = new Map<string, Uint8Array>()
        for (let seq = 0; seq < 120; ) {
          const pieces = Array.from({ length: random.below(4) + 1 }, (): Piece => {
            const channel = random.pick(['stdout', 'stderr', 'a folder/é.txt'])
            return { channel, bytes: noise(random, random.below(random.chance(0.2) ? 70_000 : 100)), at: seq }
          })
          seq = await streams.append('a', pieces, seq)
          for (const { channel, bytes } of pieces)
            whole.set(channel, Buffer.concat([whole.get(channel) ?? Buffer.alloc(0), bytes]))
        }
        const before = digests(await everything('a', 5000))
        await streams.settle('a')
        expect(digests(await everything('a', random.below(300_000)))).toEqual(before)
        for (const [channel, expected] of whole) {
          for (let turn = 0; turn < 30; turn++) {
            const [offset, length] = [random.below(expected.length + 10), random.below(300_000)]
            const slice = await streams.slice('a', channel, offset, length)
            expect(Buffer.from(slice).equals(expected.subarray(offset, offset + length))).toBe(true)
          }
        }
      })
    })
  })
}
