import type { Running } from '../../mixins/executor/executor.ts'
import { scratch } from '../../mixins/sqlite/scratch.ts'
import { StoreUnavailable } from '../../mixins/store/unavailable.ts'
import { sqliteStreams } from '../../mixins/streams/sqlite.ts'
import type { Streams } from '../../mixins/streams/streams.ts'
import { eventually } from '../../test/eventually.ts'
import { seeded } from '../../test/random.ts'
import { InputFeed } from './input-feed.ts'

/** The input side of a program: what it has read, and whether it is closed. */
const reader = () => {
  const read = { text: '', closed: false }
  const running = {
    async write(bytes: Uint8Array) {
      await new Promise(setImmediate)
      read.text += Buffer.from(bytes).toString()
    },
    closeStdin() {
      read.closed = true
    },
  }
  return { read, running: running as Running }
}

describe('the input of an interactive run', () => {
  let file: ReturnType<typeof scratch>
  let streams: Streams

  beforeEach(() => {
    file = scratch()
    streams = sqliteStreams(file.database)
  })
  afterEach(() => file.discard())

  const send = (text: string, channel = 'stdin') => streams.append('in', [{ channel, bytes: Buffer.from(text), at: 0 }])

  it('that was sent before the program started is handed over when it does', async () => {
    await send('a')
    await send('b')
    const { read, running } = reader()
    new InputFeed(streams, 'in', running).wake()
    await eventually(() => expect(read).toEqual({ text: 'ab', closed: false }))
  })

  it('is handed over in order and once, however it comes and whenever the feed is woken', async () => {
    await seeded(async (random) => {
      const { read, running } = reader()
      const feed = new InputFeed(streams, 'in', running)
      let sent = ''
      for (let word = 0; word < 60; word++) {
        sent += `${word} `
        await send(`${word} `)
        for (let times = random.below(3); times > 0; times--) feed.wake()
      }
      feed.wake()
      await eventually(() => expect(read.text).toBe(sent))
    })
  })

  it('is closed when it was closed by its sender, after everything before', async () => {
    const { read, running } = reader()
    const feed = new InputFeed(streams, 'in', running)
    await send('last')
    await send('\u0004', 'eof')
    feed.wake()
    await eventually(() => expect(read).toEqual({ text: 'last', closed: true }))
  })

  it('comes late, not never, when the store does not answer for a while', async () => {
    let failures = 1
    const read = streams.read.bind(streams)
    streams.read = (...of) => (failures-- > 0 ? Promise.reject(new StoreUnavailable('locked')) : read(...of))
    const program = reader()
    const feed = new InputFeed(streams, 'in', program.running)
    await send('a')
    feed.wake()
    await eventually(() => expect(program.read.text).toBe('a'))
  })
})
