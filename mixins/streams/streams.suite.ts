import { type Random, seeded } from '../../test/random.ts'
import type { Chunk, Streams } from './streams.ts'

export type StreamsHarness = {
  streams(): Streams
  /** What the streams' clients see when every process that uses them has been started anew. */
  restart(): Promise<void>
  close(): Promise<void>
}

const bytes = (text: string) => new TextEncoder().encode(text)
const piece = (text: string, channel = 'stdout', at = 1) => ({ channel, bytes: bytes(text), at })
const text = (of: Uint8Array) => new TextDecoder().decode(of)
const noise = (random: Random, length: number) => Uint8Array.from({ length }, () => random.below(256))

/** The promises of byte streams, for any backend. */
export const streamsSuite = (backend: string, open: () => Promise<StreamsHarness>): void => {
  describe(`byte streams on ${backend}`, () => {
    let harness: StreamsHarness
    let streams: Streams

    beforeEach(async () => {
      harness = await open()
      streams = harness.streams()
    })
    afterEach(() => harness.close())

    const everything = async (key: string, maxBytes = 1000): Promise<Chunk[]> => {
      const chunks: Chunk[] = []
      for (let page = await streams.read(key, 0, maxBytes); page.length > 0; ) {
        chunks.push(...page)
        page = await streams.read(key, page.at(-1)!.seq, maxBytes)
      }
      return chunks
    }

    it('numbers pieces from 1 over all channels and counts the bytes of each channel from 0', async () => {
      expect(await streams.append('a', [piece('one'), piece('two', 'stderr', 2)])).toBe(2)
      expect(await streams.append('a', [piece('three', 'stdout', 3)])).toBe(3)
      expect(await streams.read('a', 0, 1000)).toEqual([
        { seq: 1, channel: 'stdout', offset: 0, bytes: bytes('one'), at: 1 },
        { seq: 2, channel: 'stderr', offset: 0, bytes: bytes('two'), at: 2 },
        { seq: 3, channel: 'stdout', offset: 3, bytes: bytes('three'), at: 3 },
      ])
    })

    it('keeps streams apart', async () => {
      await streams.append('a', [piece('a')])
      expect(await streams.append('b', [piece('b')])).toBe(1)
      expect((await streams.read('b', 0, 1000)).map((chunk) => text(chunk.bytes))).toEqual(['b'])
    })

    it('knows nothing of a stream without pieces', async () => {
      expect(await streams.read('none', 0, 1000)).toEqual([])
      expect(await streams.slice('none', 'stdout', 0, 10)).toEqual(new Uint8Array())
      expect(await streams.extents('none')).toEqual([])
      await streams.remove('none')
    })

    it('reads on after a number, and at least one piece however large it is', async () => {
      await streams.append('a', [piece('1'.repeat(5000)), piece('2'), piece('3'), piece('4'.repeat(600)), piece('5')])
      const seqs = async (after: number, max: number) => (await streams.read('a', after, max)).map(({ seq }) => seq)
      expect(await seqs(0, 10)).toEqual([1])
      expect(await seqs(1, 100)).toEqual([2, 3, 4])
      expect(await seqs(3, 100_000)).toEqual([4, 5])
      expect(await seqs(5, 100)).toEqual([])
    })

    it('keeps every byte value and empty pieces as they are', async () => {
      const all = Uint8Array.from({ length: 256 }, (_, value) => value)
      await streams.append('a', [{ channel: 'stdout', bytes: all, at: 1 }, piece(''), piece('x')])
      expect((await streams.read('a', 0, 1000)).map(({ bytes, offset }) => [[...bytes], offset])).toEqual([
        [[...all], 0],
        [[], 256],
        [[120], 256],
      ])
    })

    it('slices one channel, across pieces and no further than it goes', async () => {
      await streams.append('a', [piece('hello '), piece('NOISE', 'stderr'), piece('wide '), piece('world')])
      const slice = async (offset: number, length: number) => text(await streams.slice('a', 'stdout', offset, length))
      expect(await slice(0, 1000)).toBe('hello wide world')
      expect(await slice(4, 5)).toBe('o wid')
      expect(await slice(6, 5)).toBe('wide ')
      expect(await slice(11, 1)).toBe('w')
      expect(await slice(15, 100)).toBe('d')
      expect([await slice(16, 5), await slice(99, 5), await slice(3, 0)]).toEqual(['', '', ''])
    })

    it('says how far each channel goes', async () => {
      await streams.append('a', [piece('four'), piece('to', 'stderr')])
      await streams.append('a', [piece('four')])
      const extents = (await streams.extents('a')).toSorted((a, b) => a.channel.localeCompare(b.channel))
      expect(extents).toEqual([
        { channel: 'stderr', bytes: 2 },
        { channel: 'stdout', bytes: 8 },
      ])
    })

    it('leaves no gap and no double number when many append at once', async () => {
      const appends = Array.from({ length: 100 }, (_, n) => streams.append('a', [piece(`<${n}>`), piece(`(${n})`)]))
      const last = await Promise.all(appends)
      expect(last.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => 2 * n + 2))
      const chunks = await everything('a')
      expect(chunks.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1))
      for (const [n, end] of last.entries()) {
        expect([chunks[end - 2], chunks[end - 1]].map((chunk) => text(chunk!.bytes))).toEqual([`<${n}>`, `(${n})`])
      }
    })

    it('takes an append once, however often its only writer repeats it', async () => {
      const pieces = [piece('one'), piece('two', 'stderr'), piece('three')]
      for (let turn = 0; turn < 3; turn++) expect(await streams.append('a', pieces.slice(0, 2), 0)).toBe(2)
      for (let turn = 0; turn < 3; turn++) expect(await streams.append('a', pieces, 0)).toBe(3)
      expect(await streams.append('a', [piece('four')], 3)).toBe(4)
      expect(await streams.append('a', pieces, 0)).toBe(3)
      expect((await everything('a')).map(({ seq, offset, bytes }) => [seq, offset, text(bytes)])).toEqual([
        [1, 0, 'one'],
        [2, 0, 'two'],
        [3, 3, 'three'],
        [4, 8, 'four'],
      ])
    })

    it('refuses to go on after pieces that are not there', async () => {
      const lost = { type: 'STREAM_LOST', retryable: false }
      await expect(streams.append('a', [piece('one')], 1)).rejects.toMatchObject(lost)
      await streams.append('a', [piece('one')])
      await expect(streams.append('a', [piece('three')], 2)).rejects.toMatchObject(lost)
      expect(await streams.append('a', [piece('two')], 1)).toBe(2)
    })

    it('begins anew after a removal', async () => {
      await streams.append('a', [piece('old'), piece('old', 'stderr')])
      await streams.append('b', [piece('stays')])
      await streams.remove('a')
      expect([await streams.read('a', 0, 1000), await streams.extents('a')]).toEqual([[], []])
      expect(await streams.slice('a', 'stdout', 0, 10)).toEqual(new Uint8Array())
      expect(await streams.append('a', [piece('new')])).toBe(1)
      expect(text(await streams.slice('a', 'stdout', 0, 10))).toBe('new')
      expect(text(await streams.slice('b', 'stdout', 0, 10))).toBe('stays')
    })

    it('keeps what was appended over a restart, and goes on counting', async () => {
      await streams.append('a', [piece('one')])
      await harness.restart()
      streams = harness.streams()
      expect(await streams.append('a', [piece('two')])).toBe(2)
      expect(text(await streams.slice('a', 'stdout', 0, 100))).toBe('onetwo')
    })

    it('gives back exactly what went in, whatever the pieces and the ranges', async () => {
      await seeded(async (random) => {
        const whole: Record<string, Uint8Array> = { stdout: new Uint8Array(), stderr: new Uint8Array() }
        for (let step = 0; step < 40; step++) {
          const pieces = Array.from({ length: random.below(4) + 1 }, () => {
            const channel = random.pick(['stdout', 'stderr'])
            return { channel, bytes: noise(random, random.below(random.chance(0.1) ? 70_000 : 100)), at: step }
          })
          await streams.append('a', pieces)
          for (const { channel, bytes } of pieces) whole[channel] = Buffer.concat([whole[channel]!, bytes])
        }
        for (const [channel, expected] of Object.entries(whole)) {
          const chunks = (await everything('a', 5000)).filter((chunk) => chunk.channel === channel)
          expect(Buffer.concat(chunks.map(({ bytes }) => bytes)).equals(expected)).toBe(true)
          for (let turn = 0; turn < 50; turn++) {
            const [offset, length] = [random.below(expected.length + 10), random.below(100_000)]
            const slice = await streams.slice('a', channel, offset, length)
            expect(Buffer.from(slice).equals(expected.subarray(offset, offset + length))).toBe(true)
          }
        }
      })
    })
  })
}
