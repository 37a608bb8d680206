import { scratch } from '../sqlite/scratch.ts'
import { settledSuite } from './settled.suite.ts'
import { sqliteStreams } from './sqlite.ts'
import { streamsSuite } from './streams.suite.ts'

const opening = (withStore: boolean) => async () => {
  const file = scratch()
  let streams = sqliteStreams(file.database, { withStore })
  return {
    streams: () => streams,
    async restart() {
      streams = sqliteStreams(await file.reopen(), { withStore })
    },
    close: () => file.discard(),
  }
}

streamsSuite('SQLite', opening(false))
settledSuite('SQLite', opening(false))
settledSuite('SQLite beside its documents', opening(true))

describe('a stream beside its documents', () => {
  it('is over with the write that tells of it, which need not wait for that', async () => {
    const file = scratch()
    const streams = sqliteStreams(file.database, { withStore: true })
    await streams.append('a', [{ channel: 'stdout', bytes: new Uint8Array(1), at: 1 }], 0)
    const settled = () => file.database.get<{ settled: number }>('select settled from stream')?.settled
    await streams.settle('a')
    expect([settled(), await file.database.write(settled)]).toEqual([0, 1])
    await file.discard()
  })
})

describe('the removal of a large stream', () => {
  it('lets other work through and leaves nothing in the file, also when it was interrupted', async () => {
    const file = scratch()
    const streams = sqliteStreams(file.database)
    const pieces = Array.from({ length: 16 }, () => ({ channel: 'stdout', bytes: new Uint8Array(256 * 1024), at: 1 }))
    for (let turn = 0; turn < 8; turn++) await streams.append('large', pieces)

    const order: string[] = []
    const removal = streams.remove('large').then(() => order.push('removal'))
    await streams.append('other', pieces.slice(0, 1))
    order.push('append')
    // The process ends with most of it still there.
    await file.reopen()
    await removal.catch(() => order.push('interrupted'))
    expect(order[0]).toBe('append')

    const reopened = sqliteStreams(file.database)
    expect(await reopened.extents('large')).toEqual([])
    await reopened.remove('none')
    expect(file.database.get('select count(*) as chunks from stream_chunk')).toMatchObject({ chunks: 1 })
    expect(file.database.get('select count(*) as streams from stream')).toMatchObject({ streams: 1 })
    await file.discard()
  })
})
