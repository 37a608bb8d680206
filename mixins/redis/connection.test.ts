import { eventually } from '../../test/eventually.ts'
import { describeOn } from '../../test/servers/describe-on.ts'
import type { Instance } from '../../test/servers/instance.ts'
import { startRedis } from '../../test/servers/redis.ts'
import { startStranger } from '../../test/servers/stranger.ts'
import { RedisConnection } from './connection.ts'
import { quiet } from './server.suite.ts'

const get = (redis: RedisConnection) => redis.do((client) => client.get('something'))
const unavailable = { type: 'REDIS_UNAVAILABLE', code: 503, retryable: true }

describeOn('redis')('a connection to Redis', () => {
  let server: Instance
  const opened: RedisConnection[] = []
  const open = (url: string) => {
    const said: string[] = []
    const redis = new RedisConnection(url, {
      info: (message) => said.push(message),
      warn: (message) => said.push(message),
    })
    opened.push(redis)
    return { redis, said }
  }
  const served = (redis: RedisConnection) => eventually(() => expect(redis.health().ok).toBe(true))
  const refused = (redis: RedisConnection, sentence: RegExp) =>
    eventually(() => expect(redis.health()).toEqual({ ok: false, message: expect.stringMatching(sentence) }))
  const configure = (...words: [string, string]) => configuring.do((client) => client.call('CONFIG', 'SET', ...words))
  let configuring: RedisConnection

  beforeAll(async () => {
    server = await startRedis()
    configuring = new RedisConnection(server.url, quiet)
    await served(configuring)
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((redis) => redis.close()))
  })
  afterAll(async () => {
    await configuring.close()
    await server.stop()
  })

  it('serves as soon as the server answers, and says so once', async () => {
    const { redis, said } = open(server.url)
    expect(redis.health()).toMatchObject({ ok: false, message: expect.stringContaining('GREENROOM_REDIS_URL') })
    expect(await get(redis)).toBeNull()
    expect(redis.health()).toEqual({ ok: true, message: `127.0.0.1:${server.port} answers` })
    expect(said).toEqual([`Redis at 127.0.0.1:${server.port} serves.`])
  })

  it('tells that nobody listens, with the setting and what helps; serves once somebody does', async () => {
    const later = await startRedis()
    await later.kill()
    const { redis, said } = open(later.url)
    await refused(redis, new RegExp(`127.0.0.1:${later.port} refuses .*Start it, .*GREENROOM_REDIS_URL`))
    const asked = performance.now()
    await expect(get(redis)).rejects.toMatchObject({ ...unavailable, message: redis.health().message })
    expect(performance.now() - asked).toBeLessThan(30_000)
    expect(said).toHaveLength(1)
    await later.restart()
    await served(redis)
    expect(await get(redis)).toBeNull()
    await later.stop()
  })

  it.each([
    ['redis://no-such-host.invalid', /no host of this name/],
    [`redis://127.0.0.1:PORT/99`, /does not have the database/],
    [`redis://:wrong@127.0.0.1:PORT`, /refuses the user or the password/],
    [`redis://nobody:wrong@127.0.0.1:PORT`, /refuses the user or the password/],
  ])('tells what is wrong with %s, and never its password', async (url, sentence) => {
    if (url.includes('wrong')) await configure('requirepass', 'right')
    const { redis, said } = open(url.replace('PORT', String(server.port)))
    await refused(redis, sentence)
    await expect(get(redis)).rejects.toMatchObject(unavailable)
    expect(said.join()).not.toMatch(/:wrong|right/)
    await configure('requirepass', '')
  })

  it('tells that a password is asked for, and serves once it need not be', async () => {
    await configure('requirepass', 'right')
    const { redis } = open(server.url)
    await refused(redis, /refuses the user or the password/)
    await configure('requirepass', '')
    await served(redis)
  })

  it('tells that somebody else listens there', async () => {
    const stranger = await startStranger((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const { redis } = open(`redis://127.0.0.1:${stranger.port}`)
    await refused(redis, /does not speak this protocol/)
    await stranger.close()
  })

  it('tells that the server is too old for what it will be asked', async () => {
    const info = '# Server\r\nredis_version:5.0.7\r\nloading:0\r\n'
    const old = await startStranger((socket) =>
      socket.on('data', (asked) => {
        for (const command of String(asked).split(/(?=\*\d+\r\n)/))
          socket.write(/\r\ninfo\r\n/i.test(command) ? `$${info.length}\r\n${info}\r\n` : '-ERR unknown command\r\n')
      }),
    )
    const { redis } = open(`redis://127.0.0.1:${old.port}`)
    await refused(redis, /is version 5.0.7; 6.2 is the oldest that will do. Upgrade it.*GREENROOM_REDIS_URL/)
    await expect(get(redis)).rejects.toMatchObject(unavailable)
    await old.close()
  })

  it('refuses a server that would evict queued work, until it would not', async () => {
    await configure('maxmemory-policy', 'allkeys-lru')
    const { redis } = open(server.url)
    await refused(redis, /throw away queued work.*--maxmemory-policy noeviction/)
    await expect(get(redis)).rejects.toMatchObject(unavailable)
    await configure('maxmemory-policy', 'noeviction')
    await served(redis)
  })

  it('ends every call of a server that falls silent, and serves when it speaks again', async () => {
    const { redis } = open(server.url)
    await get(redis)
    server.pause()
    const asked = performance.now()
    const outcomes = await Promise.allSettled([get(redis), get(redis)])
    expect(performance.now() - asked).toBeLessThan(60_000)
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: unavailable })
    expect(redis.health().ok).toBe(false)
    server.resume()
    await served(redis)
    expect(await get(redis)).toBeNull()
  })

  it('can be closed while the server is silent', async () => {
    const { redis } = open(server.url)
    await get(redis)
    server.pause()
    const asked = get(redis).catch((error) => error)
    await redis.close()
    expect(await asked).toMatchObject(unavailable)
    server.resume()
  })

  it('outlives any number of crashes of the server under load; every call ends', async () => {
    const { redis } = open(server.url)
    await get(redis)
    const counts = { done: 0, failed: 0 }
    let isOver = false
    const load = async () => {
      while (!isOver) {
        await get(redis).then(
          () => counts.done++,
          (error) => {
            expect(error).toMatchObject(unavailable)
            counts.failed++
          },
        )
      }
    }
    const lanes = Array.from({ length: 8 }, load)
    for (let turn = 0; turn < 3; turn++) {
      await eventually(() => expect(redis.health().ok).toBe(true))
      const before = counts.done
      await eventually(() => expect(counts.done).toBeGreaterThan(before + 50))
      await server.restart()
    }
    await served(redis)
    isOver = true
    await Promise.all(lanes)
    expect(counts.failed).toBeGreaterThan(0)
  })

  it('ends calls that are made after it was closed', async () => {
    const { redis } = open(server.url)
    await get(redis)
    await redis.close()
    await expect(get(redis)).rejects.toMatchObject({ ...unavailable, message: expect.stringContaining('stopping') })
  })
})
