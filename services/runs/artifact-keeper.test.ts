import { scratch } from '../../mixins/sqlite/scratch.ts'
import { StoreUnavailable } from '../../mixins/store/unavailable.ts'
import { sqliteStreams } from '../../mixins/streams/sqlite.ts'
import type { Streams } from '../../mixins/streams/streams.ts'
import { seeded } from '../../test/random.ts'
import { keepArtifacts } from './artifact-keeper.ts'

const never = new AbortController().signal

describe('the files that an attempt has handed out', () => {
  let file: ReturnType<typeof scratch>
  let streams: Streams
  let failures: number

  beforeEach(() => {
    file = scratch()
    streams = sqliteStreams(file.database)
    const keep = streams.append.bind(streams)
    failures = 0
    streams.append = (...of) => (failures-- > 0 ? Promise.reject(new StoreUnavailable('full')) : keep(...of))
  })
  afterEach(() => file.discard())

  it('are kept byte for byte, in pieces of bounded size, also when the store says no for a while', async () => {
    await seeded(async (random) => {
      const files = Array.from({ length: 12 }, (_, index) => ({
        path: `é/${index}`,
        bytes: Buffer.alloc(random.below(random.pick([2, 1000, 900_000])), `${index}-`),
      }))
      failures = 2
      expect(await keepArtifacts(streams, 'a', files, never)).toBe(true)
      for (const { path, bytes } of files)
        expect(Buffer.from(await streams.slice('a', path, 0, 1e9)).equals(bytes)).toBe(true)
      for (const { bytes } of await streams.read('a', 0, 1e9)) expect(bytes.length).toBeLessThanOrEqual(256 * 1024)
    })
  })

  it("are kept no more once the attempt is somebody else's", async () => {
    failures = Number.POSITIVE_INFINITY
    await keepArtifacts(streams, 'a', [{ path: 'a', bytes: Buffer.from('x') }], AbortSignal.timeout(100))
    expect(await streams.extents('a')).toEqual([])
  })
})
