import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { ServiceBroker, type ServiceSchema } from 'moleculer'
import { attach, type Backends } from '../../mixins/backends.ts'
import { event } from '../../mixins/contract/contract.ts'
import { scratch } from '../../mixins/sqlite/scratch.ts'
import { sqliteDocuments } from '../../mixins/store/sqlite.ts'
import type { DeadLetter } from '../../mixins/topics/dead-letter.ts'
import { type KafkaTopics, kafkaTopics } from '../../mixins/topics/kafka.ts'
import { brokersOf } from '../../mixins/topics/kafka-address.ts'
import { KafkaClient, type Producer } from '../../mixins/topics/kafka-client.ts'
import { sqliteTopics } from '../../mixins/topics/sqlite.ts'
import { on, topics } from '../../mixins/topics/topics.mixin.ts'
import { eventually } from '../eventually.ts'
import { describeOn } from '../servers/describe-on.ts'
import { sharedKafka } from '../servers/shared-kafka.ts'

const quiet = { info: () => undefined, warn: () => undefined }
const CONSUMER = join(import.meta.dirname, 'kafka-poisoned.ts')
const MOST_STARTS = 6
const TOPIC_RESOURCE = 2
type Coordinated = {
  connect(): Promise<void>
  disconnect(): Promise<void>
  findGroupCoordinator(of: { groupId: string }): Promise<{
    describeGroups(of: { groupIds: string[] }): Promise<{ groups: { members: { memberId: string }[] }[] }>
    leaveGroup(of: { groupId: string; memberId: string }): Promise<unknown>
  }>
}
const FED = { type: 'pets.fed' }

describeOn('kafka')('a message on Kafka that cannot be handled', () => {
  let url: string
  let file: ReturnType<typeof scratch>
  let log: KafkaTopics
  let foreign: Producer
  let topic: string

  beforeAll(async () => {
    url = (await sharedKafka()).url
  })
  beforeEach(async () => {
    topic = `pets-${randomUUID().slice(0, 8)}`
    file = scratch()
    log = kafkaTopics(url, quiet)
    foreign = new KafkaClient(brokersOf(url)).producer()
    await foreign.connect()
    await eventually(() => log.append(topic, []))
  })
  afterEach(async () => {
    await foreign.disconnect()
    await log.close()
    await file.discard()
  })

  const send = (value: string, headers: Record<string, string> = FED, partition = 0, key = 'foreign') =>
    foreign.send({ topic, acks: -1, messages: [{ key, value, headers, partition }] })
  const fed = (id: string, n: number) => send(JSON.stringify({ id, n }), { ...FED, id: `${id} ${n}` }, 0, id)

  /** What was buried, each message of it once: a process that dies may bury again what it has buried. */
  const letters = async (): Promise<DeadLetter[]> => {
    const dead = `${topic}.dead`
    const pages = (await log.extent(dead)).map(({ partition }) => log.read(dead, partition, 0, 100))
    const found = (await Promise.all(pages)).flat().map(({ payload }) => payload as DeadLetter)
    return [...new Map(found.map((letter) => [letter.id, letter])).values()].sort((a, b) => a.offset - b.offset)
  }

  /** One life of the consumer: what it has handled, and whether it came to its end. */
  const live = async () => {
    const args = ['--no-warnings', CONSUMER, join(file.directory, 'consumer', 'greenroom.db'), url, topic]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const left = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_, signal) => resolve(signal)))
    let said = ''
    for await (const chunk of child.stdout.setEncoding('utf8')) said += chunk
    return { handled: said.split('\n').slice(0, -1), died: (await left) === 'SIGKILL' }
  }

  /** Tells the group that whoever was in it is gone; it would find out by itself after ten seconds. */
  const miss = async () => {
    const cluster = new KafkaClient(brokersOf(url)).cluster() as unknown as Coordinated
    await cluster.connect()
    const groupId = `shop.${topic}`
    const coordinator = await cluster.findGroupCoordinator({ groupId })
    const { groups } = await coordinator.describeGroups({ groupIds: [groupId] })
    for (const { memberId } of groups[0]?.members ?? []) await coordinator.leaveGroup({ groupId, memberId })
    await cluster.disconnect()
  }

  it('is buried whole, whether it is unreadable, unknown, refused or kills whoever handles it; the others go on', async () => {
    for (let n = 0; n < 5; n++) for (const pet of ['rex', 'ada']) await fed(pet, n)
    await send('{"id":', { ...FED, id: 'cut' })
    await send('{"id":"rex","n":1}', { type: 'pets.eaten', id: 'unknown' })
    await fed('thrower', 1)
    await fed('killer', 1)
    for (let n = 5; n < 10; n++) for (const pet of ['rex', 'ada']) await fed(pet, n)
    const handled: string[] = []
    let deaths = 0
    for (let starts = 0; starts < MOST_STARTS; starts++) {
      const life = await live()
      handled.push(...life.handled)
      if (!life.died) break
      deaths++
      await miss()
    }
    expect(deaths).toBe(3)
    for (const pet of ['rex', 'ada']) {
      const first = [...new Set(handled)].filter((line) => line.startsWith(pet))
      expect(first).toEqual(Array.from({ length: 10 }, (_, n) => `${pet} ${n}`))
    }
    const found = await letters()
    expect(found.map(({ error, attempts }) => [error.type ?? error.name, attempts])).toEqual([
      ['PAYLOAD_UNREADABLE', 1],
      ['TYPE_UNKNOWN', 1],
      ['RangeError', 5],
      ['PROCESS_DIED', 3],
    ])
    const ids = ['cut', 'unknown', 'thrower 1', 'killer 1']
    expect(found.map(({ message }) => message.id)).toEqual(ids)
    for (const letter of found) {
      expect(letter).toMatchObject({
        ...{ group: expect.any(String), topic, partition: 0, offset: 10 + ids.indexOf(letter.message.id) },
        ...{ at: expect.any(Number), node: 'kennel', traceParent: null, replayOf: null },
        ...{ firstFailureAt: expect.any(String), lastFailureAt: expect.any(String) },
        error: { message: expect.any(String), stackHash: expect.stringMatching(/^[0-9a-f]{16}$/) },
        message: { key: expect.any(String), type: expect.any(String), headers: {} },
      })
      expect(letter.id).toBe(`${letter.group}/${topic}/0/${letter.offset}`)
    }
    expect(Buffer.from(found[0]!.bytes ?? '', 'base64').toString()).toBe('{"id":')
    expect(found[3]!.message.payload).toEqual({ id: 'killer', n: 1 })
  })

  it('holds up its partition for as long as its letter cannot be written', async () => {
    const seen: string[] = []
    const payload = { id: { type: 'string' }, n: { type: 'number' } } as const
    const Fed = event({ name: 'pets.fed', topic, about: 'For the test.', key: 'id', payload })
    await eventually(() => log.append(`${topic}.dead`, []))
    const mostBytes = async (value: string) => {
      const admin = new KafkaClient(brokersOf(url)).admin()
      await admin.connect()
      const configEntries = [{ name: 'max.message.bytes', value }]
      const resources = [{ type: TOPIC_RESOURCE, name: `${topic}.dead`, configEntries }]
      await admin.alterConfigs({ validateOnly: false, resources })
      await admin.disconnect()
    }
    await mostBytes('100')
    const broker = new ServiceBroker({ logger: false, nodeID: 'here' })
    const store = sqliteDocuments(file.database, sqliteTopics(file.database))
    attach(broker, { topics: log, store } as unknown as Backends)
    const fedAction = on(Fed, (ctx) => void seen.push(`${ctx.params.id} ${ctx.params.n}`))
    const name = `shop-${topic}`
    broker.createService({ name, mixins: [topics()], actions: { fed: fedAction } } as unknown as ServiceSchema)
    await send('{"id":', FED, 0, 'rex')
    await fed('rex', 1)
    await fed('ada', 1)
    await broker.start()
    await eventually(() => expect(seen).toEqual(['ada 1']))
    // Until a write of the letter has been refused.
    await eventually(() => expect(log.health().ok).toBe(false))
    expect([seen, await log.lag(topic, name), await letters()]).toEqual([['ada 1'], 3, []])
    await mostBytes('1000000')
    await eventually(() => expect(seen).toEqual(['ada 1', 'rex 1']))
    await eventually(async () => expect(await log.lag(topic, name)).toBe(0))
    expect(await letters()).toMatchObject([{ error: { type: 'PAYLOAD_UNREADABLE' } }])
    await broker.stop()
  })
})
