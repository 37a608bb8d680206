import { describeOn } from '../../test/servers/describe-on.ts'
import type { Instance } from '../../test/servers/instance.ts'
import { startRedis } from '../../test/servers/redis.ts'
import { RedisConnection } from '../redis/connection.ts'
import { emptied, quiet } from '../redis/server.suite.ts'
import { locksSuite } from './locks.suite.ts'
import { redisLocks } from './redis.ts'

describeOn('redis')('on a real server', () => {
  let server: Instance
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  const open = async () => {
    let redis = new RedisConnection(server.url, quiet)
    let locks = redisLocks(redis)
    await emptied(redis)
    return {
      locks: () => locks,
      async restart() {
        await redis.close()
        await server.restart()
        redis = new RedisConnection(server.url, quiet)
        locks = redisLocks(redis)
      },
      close: () => redis.close(),
    }
  }

  locksSuite('Redis', open)

  it('a lease is free, and its next token greater, when the server has lost everything', async () => {
    const harness = await open()
    const lease = harness.locks().lease('leader')
    const token = (await lease.acquire('a', 60_000))!
    const redis = new RedisConnection(server.url, quiet)
    await emptied(redis)
    await redis.close()
    expect(await lease.renew(token, 60_000)).toBe(false)
    expect(await lease.acquire('b', 60_000)).toBeGreaterThan(token)
    await harness.close()
  })
})
