import { randomUUID } from 'node:crypto'
import { ServiceBroker, type ServiceSchema } from 'moleculer'
import { eventually } from '../../test/eventually.ts'
import { describeOn } from '../../test/servers/describe-on.ts'
import { sharedKafka } from '../../test/servers/shared-kafka.ts'
import { attach, type Backends } from '../backends.ts'
import { event, fact } from '../contract/contract.ts'
import { deadTopic, topic as declare } from '../contract/topic.ts'
import { scratch } from '../sqlite/scratch.ts'
import { sqliteDocuments } from '../store/sqlite.ts'
import type { DeadLetter } from './dead-letter.ts'
import { type KafkaTopics, kafkaTopics } from './kafka.ts'
import { brokersOf } from './kafka-address.ts'
import { type Admin, KafkaClient, type Producer } from './kafka-client.ts'
import { messageOf } from './message.ts'
import { sqliteTopics } from './sqlite.ts'
import { on, topics } from './topics.mixin.ts'

const quiet = { info: () => undefined, warn: () => undefined }
const topic = `pets-${randomUUID().slice(0, 8)}`
const [shop, bank] = [`shop-${topic}`, `bank-${topic}`]
declare({ name: topic, about: 'For the test.', owner: bank, partitions: 2, retentionMs: 3_600_000 })
const payload = { id: { type: 'string' }, n: { type: 'number' } } as const
const Fed = event({ name: 'pets.fed', topic, about: 'For the test.', key: 'id', payload })
const Sold = event({ name: 'pets.sold', topic, about: 'For the test.', key: 'id', payload })

describeOn('kafka')('what another client writes to a topic', () => {
  let file: ReturnType<typeof scratch>
  let log: KafkaTopics
  let broker: ServiceBroker
  let foreign: Producer
  let admin: Admin
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
    broker.createService({ name: shop, mixins: [topics()], actions: { fed } } as unknown as ServiceSchema)
    const sold = on(Sold, () => undefined)
    broker.createService({ name: bank, mixins: [topics()], actions: { sold } } as unknown as ServiceSchema)
    await log.append(topic, [messageOf(fact(Fed, { id: 'rex', n: 1 })), messageOf(fact(Sold, { id: 'rex', n: 2 }))])
    await broker.start()
    const client = new KafkaClient(brokersOf(url))
    foreign = client.producer()
    await foreign.connect()
    admin = client.admin()
    await admin.connect()
  })
  afterAll(async () => {
    await foreign.disconnect()
    await admin.disconnect()
    await broker.stop()
    await log.close()
    await file.discard()
  })

  const letters = async (): Promise<DeadLetter[]> => {
    const extents = await log.extent(deadTopic(topic))
    const pages = await Promise.all(extents.map(({ partition }) => log.read(deadTopic(topic), partition, 0, 100)))
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
    const seenBy = async (group: string) => expect(await log.lag(topic, group)).toBe(0)
    await eventually(() => Promise.all([seenBy(shop), seenBy(bank)]))
    const written = await letters()
    // Who comes first to a type that nobody knows writes the letter; the other one writes it again, in the same name.
    const found = [...new Map(written.map((letter) => [letter.id, letter])).values()].toSorted(
      (a, b) => a.offset - b.offset,
    )
    expect(written).toHaveLength(found.length + 2)
    expect(found.map(({ error, attempts }) => [error.type, attempts])).toEqual([
      ['PAYLOAD_UNREADABLE', 1],
      ['PAYLOAD_UNREADABLE', 1],
      ['TYPE_UNKNOWN', 1],
      ['TYPE_UNKNOWN', 1],
      ['VALIDATION_ERROR', 1],
    ])
    const [cut, binary, eaten, untyped] = found
    expect(cut).toEqual({
      id: `${shop}/${topic}/0/${cut!.offset}`,
      ...{ group: shop, topic, partition: 0, offset: cut!.offset, at: expect.any(Number), node: 'here' },
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
    expect([eaten!.group, untyped!.group]).toEqual([bank, bank])
    expect(eaten!.bytes).toBeUndefined()
    expect(Buffer.from(untyped!.bytes ?? '', 'base64').toString()).toBe('{"id": "rex", "n": 1}')
  })
  it('lies in as many partitions as were declared, and letters about it as well', async () => {
    const widths = await Promise.all(
      [topic, deadTopic(topic)].map((name) => admin.fetchTopicMetadata({ topics: [name] })),
    )
    expect(widths.map(({ topics }) => topics[0]?.partitions.length)).toEqual([2, 2])
  })
})
