import type { Channel } from '../../mixins/executor/executor.ts'
import { scratch } from '../../mixins/sqlite/scratch.ts'
import { StoreUnavailable } from '../../mixins/store/unavailable.ts'
import { sqliteStreams } from '../../mixins/streams/sqlite.ts'
import type { Chunk, Streams } from '../../mixins/streams/streams.ts'
import { eventually } from '../../test/eventually.ts'
import { type Random, seeded } from '../../test/random.ts'
import { OutputWriter, unfinished } from './output-writer.ts'

const CHANNELS: Channel[] = ['stdout', 'stderr']
const texts = ['a', 'é', '€', '🟢', '\0', '\ufffd', 'plain text\n', 'ß'.repeat(300)]
const noise = (random: Random) => Buffer.from(Array.from({ length: random.below(6) }, () => random.below(256)))
const never = new AbortController().signal

describe('the output of an attempt', () => {
  let file: ReturnType<typeof scratch>
  let streams: Streams
  let failures: number
  let appends: number

  beforeEach(() => {
    file = scratch()
    streams = sqliteStreams(file.database)
    const keep = streams.append.bind(streams)
    failures = 0
    appends = 0
    streams.append = (...of) => {
      appends++
      return failures-- > 0 ? Promise.reject(new StoreUnavailable('full')) : keep(...of)
    }
  })
  afterEach(() => file.discard())

  const writerOf = (key: string, appended = () => {}, abandoned = never) =>
    new OutputWriter(streams, key, appended, abandoned)
  const read = (key: string) => streams.read(key, 0, Number.POSITIVE_INFINITY)
  const bytes = (chunks: Chunk[], channel: Channel) =>
    Buffer.concat(chunks.filter((chunk) => chunk.channel === channel).map((chunk) => chunk.bytes))

  it('is kept in the order in which it came, both channels in one sequence', async () => {
    const writer = writerOf('r')
    for (const [channel, text] of [
      ['stdout', 'a'],
      ['stderr', 'b'],
      ['stdout', 'c'],
    ] as const)
      writer.push(channel, Buffer.from(text))
    await writer.finish()
    const chunks = await read('r')
    expect(chunks.map(({ channel, bytes }) => `${channel} ${Buffer.from(bytes)}`)).toEqual([
      'stdout a',
      'stderr b',
      'stdout c',
    ])
    expect(writer.bytes).toEqual({ stdout: 2, stderr: 1 })
  })

  it('is kept byte for byte, and cut between characters where it is text', async () => {
    await seeded(async (random) => {
      for (let run = 0; run < 30; run++) {
        const isText = run % 2 === 0
        const writer = writerOf(`r${run}`)
        const sent = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
        for (let word = 0; word < 40; word++) {
          const channel = random.pick(CHANNELS)
          const whole = isText
            ? Buffer.from(random.pick(texts))
            : Buffer.concat([Buffer.from(random.pick(texts)), noise(random)])
          sent[channel].push(whole)
          const cut = random.below(whole.length + 1)
          await writer.push(channel, whole.subarray(0, cut))
          await writer.push(channel, whole.subarray(cut))
          if (random.chance(0.3)) await new Promise(setImmediate)
        }
        await writer.finish()
        const chunks = await read(`r${run}`)
        for (const channel of CHANNELS) expect(bytes(chunks, channel).equals(Buffer.concat(sent[channel]))).toBe(true)
        const strict = () => chunks.map((chunk) => new TextDecoder('utf-8', { fatal: true }).decode(chunk.bytes))
        if (isText) expect(strict).not.toThrow()
      }
    })
  })

  it('keeps the beginning of a character that never came', async () => {
    const writer = writerOf('r')
    writer.push('stdout', Buffer.from('€').subarray(0, 2))
    await writer.finish()
    expect(bytes(await read('r'), 'stdout')).toEqual(Buffer.from('€').subarray(0, 2))
  })

  it('announces only what can be read', async () => {
    const seen: Promise<number>[] = []
    const writer = writerOf('r', () => seen.push(read('r').then((chunks) => chunks.length)))
    writer.push('stdout', Buffer.from('a'))
    await writer.finish()
    writer.push('stdout', Buffer.from('b'))
    await writer.finish()
    expect(await Promise.all(seen)).toEqual([1, 2])
  })

  it('holds the program back while more waits than may, and lets it go on when it is kept', async () => {
    const writer = writerOf('r')
    const block = Buffer.alloc(256 * 1024, 'x')
    const waits = Array.from({ length: 6 }, () => writer.push('stdout', block))
    expect(waits.slice(0, 4).every((wait) => wait === undefined)).toBe(true)
    expect(waits[5]).toBeInstanceOf(Promise)
    await waits[5]
    await writer.finish()
    expect(bytes(await read('r'), 'stdout').length).toBe(6 * block.length)
  })

  it('writes one batch after the other, in pieces of bounded size', async () => {
    const writer = writerOf('r')
    for (let byte = 0; byte < 2000; byte++) writer.push('stdout', Buffer.from('x'))
    const large = Buffer.alloc(200 * 1024, 'y')
    for (let block = 0; block < 3; block++) writer.push('stderr', large)
    await writer.finish()
    const chunks = await read('r')
    expect(appends).toBeLessThanOrEqual(3)
    expect(Math.max(...chunks.map((chunk) => chunk.bytes.length))).toBeLessThanOrEqual(256 * 1024)
  })

  it('loses nothing while the store cannot be written for a while', async () => {
    failures = 3
    const writer = writerOf('r')
    const words = Array.from({ length: 50 }, (_, index) => `${index} `)
    for (const word of words) {
      writer.push('stdout', Buffer.from(word))
      await new Promise(setImmediate)
    }
    await writer.finish()
    expect(appends).toBeGreaterThan(3)
    expect(bytes(await read('r'), 'stdout').toString()).toBe(words.join(''))
  })

  it('has every byte once when appends are done whose outcome is not heard', async () => {
    await seeded(async (random) => {
      const keep = streams.append
      streams.append = async (...of) => {
        const seq = await keep(...of)
        if (random.chance(0.4)) throw new StoreUnavailable('io')
        return seq
      }
      const writer = writerOf('r')
      const words = Array.from({ length: 40 }, (_, index) => `${index} `)
      for (const word of words) {
        writer.push('stdout', Buffer.from(word))
        if (random.chance(0.3)) await new Promise(setImmediate)
      }
      await writer.finish()
      expect(bytes(await read('r'), 'stdout').toString()).toBe(words.join(''))
      expect(writer.lost).toBe(false)
    })
  })

  it('is known not to be whole when what was kept is gone', async () => {
    const writer = writerOf('r')
    writer.push('stdout', Buffer.from('gone'))
    await writer.finish()
    await streams.remove('r')
    writer.push('stdout', Buffer.from('late'))
    await writer.finish()
    expect(writer.lost).toBe(true)
    expect(await read('r')).toEqual([])
  })

  it("is written no more once the attempt is somebody else's", async () => {
    failures = Number.POSITIVE_INFINITY
    const abandoned = new AbortController()
    const writer = writerOf('r', () => {}, abandoned.signal)
    writer.push('stdout', Buffer.from('late'))
    await eventually(() => expect(appends).toBeGreaterThan(0))
    abandoned.abort()
    await writer.finish()
    expect(await read('r')).toEqual([])
  })
})

describe('an unfinished character', () => {
  it.each([
    ['', 0],
    ['61', 0],
    ['c3', 1],
    ['c3a9', 0],
    ['e282', 2],
    ['f09f9f', 3],
    ['f09f9fa2', 0],
    ['61e2', 1],
    ['80', 0],
    ['808080', 0],
    ['c0', 0],
    ['ff', 0],
    ['f5', 0],
    ['e2828261', 0],
  ])('at the end of %s has %d bytes', (hex, count) => {
    expect(unfinished(Buffer.from(hex, 'hex'))).toBe(count)
  })
})
