import { eventually } from '../../test/eventually.ts'
import { describeOn } from '../../test/servers/describe-on.ts'
import type { Instance } from '../../test/servers/instance.ts'
import { startRedis } from '../../test/servers/redis.ts'
import { RedisConnection } from '../redis/connection.ts'
import { emptied, quiet } from '../redis/server.suite.ts'
import { contentionSuite } from './contention.suite.ts'
import { type QueueHarness, queueSuite } from './queue.suite.ts'
import type { Job, WorkQueue } from './queue.ts'
import { redisQueues } from './redis.ts'

describeOn('redis')('on a real server', () => {
  let server: Instance
  beforeAll(async () => {
    // Written and flushed before every answer, so that what is lost is nothing but what was not acknowledged.
    server = await startRedis({ args: ['--appendfsync', 'always'] })
  })
  afterAll(() => server.stop())

  const open = async (): Promise<QueueHarness> => {
    let redis = new RedisConnection(server.url, quiet)
    let queues = redisQueues(redis)
    await emptied(redis)
    return {
      queue: (name) => queues(name),
      async restart() {
        await redis.close()
        await server.restart()
        redis = new RedisConnection(server.url, quiet)
        queues = redisQueues(redis)
      },
      close: () => redis.close(),
    }
  }

  queueSuite('Redis', open)
  contentionSuite('Redis', open)

  describe('a work queue on Redis', () => {
    const add = (queue: WorkQueue, id: string) => queue.add({ id, payload: null, priority: 0 })

    const flushed = async () => {
      const redis = new RedisConnection(server.url, quiet)
      await emptied(redis)
      await redis.close()
    }

    const eventuallyOne = async (queue: WorkQueue) => {
      let jobs: Job[] = []
      await eventually(async () => {
        jobs = await queue.take('worker', 1, 60_000)
        expect(jobs).toHaveLength(1)
      })
      return jobs
    }

    const connected = async (use: (one: WorkQueue, other: WorkQueue) => Promise<void>) => {
      const connections = [new RedisConnection(server.url, quiet), new RedisConnection(server.url, quiet)] as const
      await emptied(connections[0])
      const [one, other] = connections.map((redis) => redisQueues(redis)('work'))
      await use(one!, other!)
      await Promise.all(connections.map((redis) => redis.close()))
    }

    it('wakes who waits in another process', () =>
      connected(async (one, other) => {
        const start = performance.now()
        const woken = one.ready(120_000)
        await add(other, 'a')
        await woken
        expect(performance.now() - start).toBeLessThan(60_000)
        expect(await one.take('worker', 1, 60_000)).toMatchObject([{ id: 'a' }])
      }))

    it('is empty, and serves, when the server has lost everything', () =>
      connected(async (one) => {
        for (const id of ['runs', 'waits']) await add(one, id)
        const [lost] = await one.take('worker', 1, 60_000)
        const waiting = one.take('worker', 1, 60_000).then(() => one.ready(20_000))
        await flushed()
        expect(await one.ack(lost!)).toBe(false)
        expect(await one.release(lost!)).toBe(false)
        expect(await one.fail(lost!, 'no', 'bury')).toBe(false)
        expect(await add(one, 'runs')).toBe('added')
        await waiting
        expect(await one.extend([lost!], 60_000)).toEqual(['runs'])
        expect(await one.take('worker', 5, 60_000)).toMatchObject([{ id: 'runs', attempt: 1 }])
        expect(await one.stats()).toEqual({ waiting: 0, delayed: 0, running: 1, dead: 0 })
      }))

    it('lets those who work go on when the server has lost everything', () =>
      connected(async (one, other) => {
        for (const id of ['a', 'b', 'c', 'd']) await add(one, id)
        const [a, b, c, d] = await one.take('worker', 4, 60_000)
        await flushed()
        expect(await one.extend([a!, b!, c!], 60_000)).toEqual([])
        expect(await one.extend([d!], 40)).toEqual([])
        expect(await add(other, 'a')).toBe('duplicate')
        expect(await other.add({ id: 'e', payload: null, priority: 0 }, { limit: 4 })).toBe('full')
        const [again] = await eventuallyOne(other)
        expect(again).toMatchObject({ id: 'd', attempt: 2, payload: null })
        expect(await other.stats()).toEqual({ waiting: 0, delayed: 0, running: 4, dead: 0 })
        expect(await one.extend([a!, d!], 60_000)).toEqual(['d'])
        expect(await one.ack(a!)).toBe(true)
        expect(await one.release(b!)).toBe(true)
        expect(await one.fail(c!, 'no', 'bury')).toBe(true)
        expect(await other.stats()).toEqual({ waiting: 1, delayed: 0, running: 1, dead: 1 })
        expect(await other.take('worker', 5, 60_000)).toMatchObject([{ id: 'b', attempt: 1 }])
      }))

    it('takes nobody for forgotten whose job was done by another', () =>
      connected(async (one, other) => {
        await add(one, 'a')
        const [old] = await one.take('worker', 1, 20)
        const [job] = await eventuallyOne(other)
        expect(await other.ack(job!)).toBe(true)
        expect(await one.extend([old!], 60_000)).toEqual(['a'])
        expect(await one.stats()).toMatchObject({ waiting: 0, running: 0 })
      }))

    it('goes on when its server has forgotten the scripts', () =>
      connected(async (one) => {
        await add(one, 'a')
        const redis = new RedisConnection(server.url, quiet)
        await redis.do((client) => client.script('FLUSH'))
        await redis.close()
        expect(await Promise.all([add(one, 'a'), add(one, 'b'), add(one, 'c')])).toEqual([
          'duplicate',
          'added',
          'added',
        ])
        expect(await one.take('worker', 5, 60_000)).toHaveLength(3)
      }))

    it('hands out all that was acknowledged, whenever its server was killed; who waits is woken after that', () =>
      connected(async (one, other) => {
        const added: string[] = []
        let isOver = false
        const adding = async (lane: number) => {
          for (let n = 0; !isOver; n++) {
            const id = `${lane}-${n}`
            await add(one, id).then(
              () => added.push(id),
              (error) => expect(error).toMatchObject({ type: 'REDIS_UNAVAILABLE' }),
            )
          }
        }
        const lanes = Array.from({ length: 4 }, (_, lane) => adding(lane))
        for (let turn = 0; turn < 3; turn++) {
          const before = added.length
          await eventually(() => expect(added.length).toBeGreaterThan(before + 200))
          await server.restart()
        }
        isOver = true
        await Promise.all(lanes)
        const taken = new Set<string>()
        await eventually(async () => {
          for (const { id } of await other.take('worker', 1000, 60_000)) taken.add(id)
          expect(await other.stats()).toMatchObject({ waiting: 0 })
        })
        expect(added.filter((id) => !taken.has(id))).toEqual([])
        const woken = other.ready(20_000)
        // A connection looks for its server at intervals, and may not have found it again.
        await eventually(() => add(one, 'last'))
        await woken
        expect(await other.take('worker', 1, 60_000)).toMatchObject([{ id: 'last' }])
      }))
  })
})
