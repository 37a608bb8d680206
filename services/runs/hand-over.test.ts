import { scratch } from '../../mixins/sqlite/scratch.ts'
import { StoreUnavailable } from '../../mixins/store/unavailable.ts'
import { sqliteStreams } from '../../mixins/streams/sqlite.ts'
import { handOver } from './hand-over.ts'

const piece = { channel: 'stdout', bytes: Buffer.from('x'), at: 1 }

describe('what an attempt has left', () => {
  const open = (failures: number) => {
    const file = scratch()
    const streams = sqliteStreams(file.database)
    const settle = streams.settle.bind(streams)
    let left = failures
    streams.settle = (key) => (left-- > 0 ? Promise.reject(new StoreUnavailable('full')) : settle(key))
    return { file, streams }
  }

  it('is handed over before its end is told, however long that takes', async () => {
    const { file, streams } = open(3)
    for (const key of ['a', 'b']) await streams.append(key, [piece])
    await handOver(streams, ['a', 'b'], new AbortController().signal)
    for (const key of ['a', 'b'])
      await expect(streams.append(key, [piece])).rejects.toMatchObject({ type: 'STREAM_SETTLED' })
    await file.discard()
  })

  it("is somebody else's once the attempt is", async () => {
    const { file, streams } = open(Number.POSITIVE_INFINITY)
    await handOver(streams, ['a'], AbortSignal.timeout(100))
    expect(await streams.append('a', [piece])).toBe(1)
    await file.discard()
  })
})
