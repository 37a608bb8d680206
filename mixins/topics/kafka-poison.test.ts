import { randomUUID } from 'node:crypto'
import { ServiceBroker, type ServiceSchema } from 'moleculer'
import { eventually } from '../../test/eventually.ts'
import { describeOn } from '../../test/servers/describe-on.ts'
import { sharedKafka } from '../../test/servers/shared-kafka.ts'
import { attach, type Backends } from '../backends.ts'
import { event, fact } from '../contract/contract.ts'
import { scratch } from '../sqlite/scratch.ts'
import { sqliteDocuments } from '../store/sqlite.ts'
import type { DeadLetter } from './dead-letter.ts'
import { type KafkaTopics, kafkaTopics } from './kafka.ts'
import { KafkaClient, type Producer } from './kafka-client.ts'
import { messageOf } from './message.ts'
import { sqliteTopics } from './sqlite.ts'
import { on, topics } from './topics.mixin.ts'

const quiet = { info: () => undefined, warn: () => undefined }
const topic = `pets-${randomUUID().slice(0, 8)}`
const payload = { id: { type: 'string' }, n: { type: 'number' } } as const
const Fed = event({ name: 'pets.fed', topic, about: 'For the test.', key: 'id', payload })
const Sold = event({ name: 'pets.sold', topic, about: 'For the test.', key: 'id', payload })

describeOn('kafka')('what another client writes to a topic', () => {
  let file: ReturnType<typeof scratch>
  let log: KafkaTopics
  let broker: ServiceBroker
  let foreign: Producer
  let seen: number[]

  beforeAll(async () => {
    const { url } = await sharedKafka()
    file = scratch()
    seen = []
    log = kafkaTopics(url, quiet)
    broker = new ServiceBroker({ logger: false, nodeID: 'here' })
    const store = sqliteDocuments(file.database, sqliteTopics(file.database))
    attach(broker, { topics: log, store } as unknown as Backends)
    const fed = on(Fed, (ctx) => void seen.push(ctx.params.n))
    broker.createService({ name: `shop-${topic}`, mixins: [topics()], actions: { fed } } as unknown as ServiceSchema)
    await log.append(topic, [messageOf(fact(Fed, { id: 'rex', n: 1 })), messageOf(fact(Sold, { id: 'rex', n: 2 }))])
    await broker.start()
    foreign = new KafkaClient(url.split(',')).producer()
    await foreign.connect()
  })
  afterAll(async () => {
    await foreign.disconnect()
    await broker.stop()
    await log.close()
    await file.discard()
  })

  const letters = async (): Promise<DeadLetter[]> => {
    const extents = await log.extent(`${topic}.dead`)
    const pages = await Promise.all(extents.map(({ partition }) => log.read(`${topic}.dead`, partition, 0, 100)))
    return pages.flat().map((message) => message.payload as DeadLetter)
  }

  it('is buried whole when it cannot be read or nobody knows its type, and what follows goes on', async () => {
    const type = 'pets.fed'
    const values: [Buffer | string | null, Record<string, string>][] = [
      ['{"id":', { type, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }],
      [Buffer.from([0xff, 0x00, 0xfe]), { type, id: 'bytes' }],
      ['{"id":"rex","n":1}', { type: 'pets.eaten' }],
      ['{"id": "rex", "n": 1}', {}],
      [null, { type }],
      ['{"id":"rex","n":3}', { type, more: 'x' }],
    ]
    for (const [value, headers] of values) {
      await foreign.send({ topic, acks: -1, messages: [{ key: 'foreign', value, headers, partition: 0 }] })
    }
    await eventually(() => expect(seen.toSorted()).toEqual([1, 3]))
    await eventually(async () => expect(await log.lag(topic, `shop-${topic}`)).toBe(0))
    const found = (await letters()).toSorted((a, b) => a.offset - b.offset)
    expect(found.map(({ error, attempts }) => [error.type, attempts])).toEqual([
      ['PAYLOAD_UNREADABLE', 1],
      ['PAYLOAD_UNREADABLE', 1],
      ['TYPE_UNKNOWN', 1],
      ['TYPE_UNKNOWN', 1],
      ['VALIDATION_ERROR', 1],
    ])
    const [cut, binary, eaten, untyped] = found
    expect(cut).toEqual({
      id: `shop-${topic}/${topic}/0/${cut!.offset}`,
      ...{ group: `shop-${topic}`, topic, partition: 0, offset: cut!.offset, at: expect.any(Number), node: 'here' },
      ...{ attempts: 1, firstFailureAt: expect.any(String), lastFailureAt: expect.any(String), replayOf: null },
      traceParent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      error: expect.objectContaining({ stackHash: expect.stringMatching(/^[0-9a-f]{16}$/) }),
      message: {
        ...{ id: `${topic}/0/${cut!.offset}`, key: 'foreign', type, payload: null },
        headers: { traceparent: expect.any(String) },
      },
      bytes: Buffer.from('{"id":').toString('base64'),
    })
    expect(binary).toMatchObject({ message: { id: 'bytes' }, bytes: '/wD+' })
    expect(eaten!.bytes).toBeUndefined()
    expect(Buffer.from(untyped!.bytes ?? '', 'base64').toString()).toBe('{"id": "rex", "n": 1}')
  })
})
