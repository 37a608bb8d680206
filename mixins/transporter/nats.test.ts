import { ServiceBroker } from 'moleculer'
import { brokerOptions } from '../../config/broker.ts'
import { eventually } from '../../test/eventually.ts'
import { describeOn } from '../../test/servers/describe-on.ts'
import type { Instance } from '../../test/servers/instance.ts'
import { startNats } from '../../test/servers/nats.ts'
import { startRedis } from '../../test/servers/redis.ts'
import { startStranger } from '../../test/servers/stranger.ts'
import { RedisConnection } from '../redis/connection.ts'
import { NatsTransporter } from './nats.ts'
import { natsSentence } from './nats-address.ts'
import { redisParcels } from './parcels.ts'

type Node = { broker: ServiceBroker; transporter: NatsTransporter; said: string[] }

const brokers = new Set<ServiceBroker>()
let count = 0

const node = (url: string, redis: RedisConnection | null = null): Node => {
  const said: string[] = []
  const logger = { info: () => undefined, warn: (sentence: string) => void said.push(sentence) }
  const transporter = new NatsTransporter({ url, logger, parcels: redis && redisParcels(redis) })
  const options = brokerOptions({ nodeID: `n${count++}`, transporter: transporter as never, logLevel: null })
  const broker = new ServiceBroker(options)
  brokers.add(broker)
  return { broker, transporter, said }
}

const serving = async (url: string, redis: RedisConnection | null = null): Promise<Node> => {
  const made = node(url, redis)
  made.broker.createService({
    name: 'echo',
    actions: {
      length: (ctx: { params: { text: string } }) => ctx.params.text.length,
      big: (ctx: { params: { length: number } }) => 'x'.repeat(ctx.params.length),
    },
  })
  await made.broker.start()
  return made
}

const joined = async (url: string, redis: RedisConnection | null = null): Promise<Node> => {
  const made = node(url, redis)
  await made.broker.start()
  await made.broker.waitForServices('echo')
  return made
}

const length = ({ broker }: Node, text: string) => broker.call<number, object>('echo.length', { text }, { retries: 0 })
const big = ({ broker }: Node, bytes: number) =>
  broker.call<string, object>('echo.big', { length: bytes }, { retries: 0 })

afterEach(async () => {
  await Promise.all([...brokers].map((broker) => broker.stop()))
  brokers.clear()
})

describeOn('nats', 'redis')('nodes on NATS', () => {
  let nats: Instance
  let redisServer: Instance
  let redis: RedisConnection

  beforeAll(async () => {
    ;[nats, redisServer] = await Promise.all([startNats(), startRedis()])
    redis = new RedisConnection(redisServer.url, { info: () => undefined, warn: () => undefined })
  })
  afterAll(async () => {
    await redis.close()
    await Promise.all([nats.stop(), redisServer.stop()])
  })

  it('call each other, also with more bytes than a message of NATS may have', async () => {
    const server = await serving(nats.url, redis)
    const caller = await joined(nats.url, redis)
    expect(await length(caller, 'grüße')).toBe(5)
    expect(await length(caller, 'x'.repeat(12_000_000))).toBe(12_000_000)
    expect(await big(caller, 12_000_000)).toHaveLength(12_000_000)
    expect(server.transporter.health()).toMatchObject({ ok: true })
    expect(await redis.do((client) => client.keys('greenroom:parcel:*'))).toEqual([])
  })

  it('refuse what is too large where it cannot go by reference, for good', async () => {
    await serving(nats.url)
    const caller = await joined(nats.url)
    const refused = { type: 'MESSAGE_TOO_LARGE', code: 413, retryable: false }
    await expect(length(caller, 'x'.repeat(2_000_000))).rejects.toMatchObject(refused)
    expect(await length(caller, 'still here')).toBe(10)
  })

  it('fail at once, as ones to repeat, while the server is away, and go on when it is back', async () => {
    const own = await startNats()
    await serving(own.url)
    const caller = await joined(own.url)
    await own.kill()
    await eventually(() => expect(caller.transporter.health().ok).toBe(false))
    await expect(length(caller, 'lost')).rejects.toMatchObject({ retryable: true })
    await own.restart()
    await eventually(async () => expect(await length(caller, 'back')).toBe(4))
    expect(caller.transporter.health().ok).toBe(true)
    expect(caller.said[0]).toContain('closed the connection')
    await own.stop()
  })

  it('that start before their server say what is wrong, and find each other once it is there', async () => {
    const own = await startNats()
    await own.kill()
    const server = node(own.url)
    server.broker.createService({ name: 'echo', actions: { length: () => 1 } })
    void server.broker.start()
    await eventually(() => expect(server.transporter.health().message).toContain('refuses the connection. Start it'))
    await own.restart()
    const caller = await joined(own.url)
    expect(await length(caller, '?')).toBe(1)
    await own.stop()
  })

  it('notice a server that has fallen silent', async () => {
    const own = await startNats()
    const { transporter } = await serving(own.url)
    own.pause()
    await eventually(() => expect(transporter.health().ok).toBe(false))
    own.resume()
    await eventually(() => expect(transporter.health().ok).toBe(true))
    await own.stop()
  })

  it.each([
    ['no password', ['--user', 'me', '--pass', 'secret'], '', false],
    ['the wrong password', ['--user', 'me', '--pass', 'secret'], 'me:wrong@', false],
    ['the right password', ['--user', 'me', '--pass', 'se/cret'], 'me:se%2Fcret@', true],
    ['the right token', ['--auth', 'secret'], 'secret@', true],
  ])('with %s are told so', async (_, args, credentials, isOk) => {
    const own = await startNats({ args })
    const { broker, transporter } = node(own.url.replace('//', `//${credentials}`))
    void broker.start()
    const expected = isOk ? 'answers' : 'refuses the user or the password'
    await eventually(() => expect(transporter.health().message).toContain(expected))
    expect(transporter.health()).toMatchObject({ ok: isOk })
    expect(transporter.health().message).not.toContain('wrong@')
    await own.stop()
  })

  it('say so when something else than NATS answers', async () => {
    const stranger = await startStranger((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const { broker, transporter } = node(`nats://127.0.0.1:${stranger.port}`)
    void broker.start()
    await eventually(() => expect(transporter.health().message).toMatch(/protocol|NATS server/))
    await broker.stop()
    await stranger.close()
  })
})

describe('the sentence about a server that does not serve', () => {
  it('names the server without its password, the setting and what helps', () => {
    const sentence = natsSentence('nats://me:secret@one:1,nats://two', { message: 'CONNECTION_REFUSED' })
    expect(sentence).toBe(
      'NATS at one:1, two:4222 refuses the connection. Start it, or correct the address (GREENROOM_NATS_URL).',
    )
  })
})
