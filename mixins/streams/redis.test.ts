import { describeOn } from '../../test/servers/describe-on.ts'
import type { Instance } from '../../test/servers/instance.ts'
import { startRedis } from '../../test/servers/redis.ts'
import { RedisConnection } from '../redis/connection.ts'
import { emptied, quiet } from '../redis/server.suite.ts'
import { scratch } from '../sqlite/scratch.ts'
import type { Documents } from '../store/documents.ts'
import { sqliteDocuments } from '../store/sqlite.ts'
import { sqliteTopics } from '../topics/sqlite.ts'
import { redisStreams } from './redis.ts'
import { settledSuite } from './settled.suite.ts'
import { streamsSuite } from './streams.suite.ts'
import type { Streams } from './streams.ts'

const piece = (bytes: string | Uint8Array, channel = 'stdout') => ({ channel, bytes: Buffer.from(bytes), at: 1 })

describeOn('redis')('on a real server', () => {
  let server: Instance
  beforeAll(async () => {
    // Written before every answer, so that what a restart keeps is no matter of luck.
    server = await startRedis({ args: ['--appendfsync', 'always'] })
  })
  afterAll(() => server.stop())

  const documentsOf = (database: ReturnType<typeof scratch>['database']) =>
    sqliteDocuments(database, sqliteTopics(database))

  const open = async () => {
    const file = scratch()
    let redis = new RedisConnection(server.url, quiet)
    await emptied(redis)
    let streams = redisStreams(redis, documentsOf(file.database))
    return {
      streams: () => streams,
      documents: () => documentsOf(file.database),
      redis: () => redis,
      async restart() {
        await redis.close()
        await server.restart()
        redis = new RedisConnection(server.url, quiet)
        streams = redisStreams(redis, documentsOf(await file.reopen()))
      },
      async close() {
        await redis.close()
        await file.discard()
      },
    }
  }

  streamsSuite('Redis', open)
  settledSuite('Redis', open)

  describe('byte streams on Redis', () => {
    let harness: Awaited<ReturnType<typeof open>>
    let streams: Streams

    beforeEach(async () => {
      harness = await open()
      streams = harness.streams()
    })
    afterEach(() => harness.close())

    const loseAll = () => harness.redis().do((client) => client.flushall())
    const size = () => harness.redis().do((client) => client.dbsize())
    const output = (of: Streams, key = 'a') => of.slice(key, 'stdout', 0, 1e9).then((bytes) => Buffer.from(bytes))
    const another = (documents: Documents = harness.documents()) => redisStreams(harness.redis(), documents)

    it('leave nothing on the server but a mark that goes by itself, once they are settled', async () => {
      for (let n = 0; n < 10; n++) {
        await streams.append(`${n}`, [piece('x'.repeat(100_000))], 0)
        await streams.settle(`${n}`)
      }
      const keys = await harness.redis().do((client) => client.keys('*'))
      expect(keys.filter((key) => !key.endsWith(':settled'))).toEqual([])
      const lifetimes = await Promise.all(keys.map((key) => harness.redis().do((client) => client.ttl(key))))
      expect(lifetimes.every((seconds) => seconds > 0 && seconds <= 600)).toBe(true)
      for (let n = 0; n < 10; n++) await streams.remove(`${n}`)
      expect(await size()).toBe(0)
    })

    it('that are over lose nothing when the server loses everything, and stay over', async () => {
      await streams.append('a', [piece('whole')], 0)
      await streams.settle('a')
      await loseAll()
      expect((await output(another())).toString()).toBe('whole')
      await expect(streams.append('a', [piece('late')], 1)).rejects.toMatchObject({ type: 'STREAM_SETTLED' })
      expect((await output(streams)).toString()).toBe('whole')
    })

    it('that go on are whole again as soon as their writer goes on', async () => {
      const bytes = Buffer.alloc(3_000_000, 'a long text ')
      let seq = 0
      for (let at = 0; at < bytes.length; at += 200_000)
        seq = await streams.append('a', [piece(bytes.subarray(at, at + 200_000))], seq)
      const shape = async () => (await streams.read('a', 0, 1e9)).map(({ seq, offset, at }) => ({ seq, offset, at }))
      const before = await shape()
      await loseAll()
      expect(await streams.append('a', [piece('end')], seq)).toBe(seq + 1)
      expect((await output(streams)).equals(Buffer.concat([bytes, Buffer.from('end')]))).toBe(true)
      expect((await shape()).slice(0, -1)).toEqual(before)
    })

    it('are handed over whole when the server has lost them and their writer has no more to say', async () => {
      await streams.append('a', [piece('one'), piece('two')], 0)
      await loseAll()
      await streams.settle('a')
      expect((await output(another())).toString()).toBe('onetwo')
    })

    it('are handed over by another when their writer was killed, also when that was interrupted', async () => {
      const bytes = Buffer.alloc(2_000_000, 'a longer text ')
      for (let at = 0; at < bytes.length; at += 100_000)
        await streams.append('a', [piece(bytes.subarray(at, at + 100_000))])
      for (const inserts of [0, 1, 3, 5]) {
        let left = inserts
        const failing = harness.documents()
        const insert = failing.insert.bind(failing)
        failing.insert = async (...of) => {
          if (left-- <= 0) throw new TypeError('killed here')
          return insert(...of)
        }
        await expect(another(failing).settle('a')).rejects.toThrow('killed here')
        expect((await output(another())).equals(bytes)).toBe(true)
      }
      await another().settle('a')
      await loseAll()
      expect((await output(another())).equals(bytes)).toBe(true)
    })

    it('say that the server is away, and take the same append once when it is back', async () => {
      await streams.append('a', [piece('one')], 0)
      await server.kill()
      await expect(streams.append('a', [piece('two')], 1)).rejects.toMatchObject({ type: 'REDIS_UNAVAILABLE' })
      await server.restart()
      let seq = 0
      while (seq === 0) seq = await streams.append('a', [piece('two')], 1).catch(() => 0)
      expect(seq).toBe(2)
      expect((await output(streams)).toString()).toBe('onetwo')
    })

    it('have every byte once, whenever the server was killed while their writer wrote', async () => {
      let written = ''
      let seq = 0
      for (let turn = 0; turn < 4; turn++) {
        const restart = new Promise(setImmediate).then(() => server.restart())
        let isBack = false
        void restart.then(() => {
          isBack = true
        })
        for (let n = 0; !isBack || n < 20; n++) {
          const text = `<${turn}.${n}>`
          let next = 0
          while (next === 0) next = await streams.append('a', [piece(text)], seq).catch(() => 0)
          seq = next
          written += text
        }
      }
      expect((await output(streams)).toString()).toBe(written)
      expect((await streams.read('a', 0, 1e9)).map((chunk) => chunk.seq)).toEqual(
        Array.from({ length: seq }, (_, n) => n + 1),
      )
    })
  })
})
