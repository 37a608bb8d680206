import { eventually } from '../../test/eventually.ts'
import { describeOn } from '../../test/servers/describe-on.ts'
import type { Instance } from '../../test/servers/instance.ts'
import { startKafka } from '../../test/servers/kafka.ts'
import { startStranger } from '../../test/servers/stranger.ts'
import { type KafkaTopics, kafkaTopics } from './kafka.ts'
import { sentenceOf } from './kafka-refusals.ts'
import type { Message } from './topics.ts'

const message = (n: number) => ({ id: `${n}`, key: 'rex', type: 'x', headers: {}, payload: n })
const unavailable = { type: 'TOPICS_UNAVAILABLE', code: 503, retryable: true }
const LONG = 120_000

describe('brokers that do not serve', () => {
  it.each([
    [{ name: 'KafkaJSConnectionError', code: 'ENOTFOUND', message: 'x' }, /no host of this name.*Correct the address/],
    [{ name: 'KafkaJSSASLAuthenticationError', message: 'x' }, /refuses the user or the password/],
    [
      { name: 'KafkaJSSASLAuthenticationError', message: 'SASL PLAIN mechanism is not supported by the server' },
      /does not know this way.*scram-sha-512/,
    ],
    [{ name: 'KafkaJSProtocolError', type: 'ILLEGAL_SASL_STATE', message: 'x' }, /asks nobody for a password/],
    [{ name: 'Error', code: 'DEPTH_ZERO_SELF_SIGNED_CERT', message: 'self-signed certificate' }, /NODE_EXTRA_CA_CERTS/],
    [{ name: 'Error', code: 'ERR_SSL_WRONG_VERSION_NUMBER', message: 'wrong version number' }, /do not agree on TLS/],
    [{ name: 'KafkaJSProtocolError', type: 'UNSUPPORTED_VERSION', message: 'x' }, /too old.*Upgrade/],
    [{ name: 'KafkaJSProtocolError', type: 'NOT_ENOUGH_REPLICAS', message: 'x' }, /too few of its brokers/],
    [{ name: 'KafkaJSProtocolError', type: 'TOPIC_AUTHORIZATION_FAILED', message: 'x' }, /does not allow/],
    [{ name: 'KafkaJSRequestTimeoutError', message: 'Request timed out' }, /does not answer/],
  ])('are told about in a sentence that names them, the setting and what helps (%j)', (cause, sentence) => {
    const told = sentenceOf('a:1', { name: 'KafkaJSNumberOfRetriesExceeded', message: 'retries', cause })
    expect(told).toMatch(/^Kafka at a:1 .*\(GREENROOM_KAFKA_BROKERS\)\.$/)
    expect(told).toMatch(sentence)
  })
})

describeOn('kafka')('topics on a Kafka that comes and goes', () => {
  let server: Instance
  const opened: KafkaTopics[] = []
  const open = (brokers: string) => {
    const said: string[] = []
    const log = { info: (text: string) => said.push(text), warn: (text: string) => said.push(text) }
    const topics = kafkaTopics(brokers, log)
    opened.push(topics)
    return { topics, said }
  }
  const serves = (topics: KafkaTopics) => eventually(() => expect(topics.health().ok).toBe(true), LONG)
  const refuses = (topics: KafkaTopics, sentence: RegExp) =>
    eventually(() => expect(topics.health()).toEqual({ ok: false, message: expect.stringMatching(sentence) }), LONG)

  beforeAll(async () => {
    server = await startKafka()
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((topics) => topics.close()))
  })
  afterAll(() => server.stop())

  it('tell that nobody listens, refuse in time, and serve once somebody does', async () => {
    await server.kill()
    const { topics, said } = open(server.url)
    expect(topics.health()).toMatchObject({ ok: false, message: expect.stringContaining('not answered yet') })
    const seen: Message[] = []
    const end = await topics.subscribe('late', 'shop', async (batch) => void seen.push(...batch))
    await refuses(topics, new RegExp(`${server.url} refuses the connection\\. Start it.*GREENROOM_KAFKA_BROKERS`))
    await expect(topics.append('late', [message(1)])).rejects.toMatchObject(unavailable)
    await expect(topics.lag('late', 'shop')).rejects.toMatchObject(unavailable)
    expect(said).toHaveLength(1)
    await server.restart()
    await serves(topics)
    await topics.append('late', [message(1)])
    await eventually(() => expect(seen).toHaveLength(1), LONG)
    await end()
  })

  it('go on after the broker was killed: nothing is lost, and members come back by themselves', async () => {
    const { topics } = open(server.url)
    const seen = new Set<unknown>()
    const end = await topics.subscribe('crash', 'shop', async (batch) => {
      for (const { payload } of batch) seen.add(payload)
    })
    await topics.append('crash', [message(1)])
    await eventually(() => expect(seen.size).toBe(1), LONG)
    const restarted = server.restart()
    const appendUntilSafe = async (n: number) => {
      await eventually(() => topics.append('crash', [message(n)]), LONG)
    }
    for (let n = 2; n <= 20; n++) await appendUntilSafe(n)
    await restarted
    await eventually(() => expect(seen.size).toBe(20), LONG)
    await eventually(async () => expect(await topics.lag('crash', 'shop')).toBe(0), LONG)
    await end()
  })

  it('can be closed while nobody answers', async () => {
    const { topics } = open(server.url)
    await serves(topics)
    await topics.subscribe('closing', 'shop', async () => undefined)
    server.pause()
    const appended = topics.append('closing', [message(1)]).catch((error) => error)
    const begun = performance.now()
    await topics.close()
    expect(performance.now() - begun).toBeLessThan(60_000)
    server.resume()
    expect([undefined, 'TOPICS_UNAVAILABLE']).toContain((await appended)?.type)
  })

  it('tell that somebody else listens there', async () => {
    const stranger = await startStranger((socket) =>
      socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'),
    )
    const { port } = stranger
    const { topics } = open(`127.0.0.1:${port}`)
    await refuses(topics, new RegExp(`127.0.0.1:${port} .*GREENROOM_KAFKA_BROKERS`))
    await stranger.close()
  })
})
