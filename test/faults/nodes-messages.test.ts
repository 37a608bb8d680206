import { randomUUID } from 'node:crypto'
import { brokersOf } from '../../mixins/topics/kafka-address.ts'
import { KafkaClient, type Producer } from '../../mixins/topics/kafka-client.ts'
import { dose } from '../dose.ts'
import { eventually } from '../eventually.ts'
import { randomOf } from '../random.ts'
import { Client, type Page } from '../system/client.ts'
import { type Cluster, startCluster } from '../system/cluster.ts'
import { atLargeDose } from './at-large-dose.ts'
import { startRepeater } from './kafka-repeater.ts'
import { NodesLoad } from './nodes-load.ts'
import { type Fact, factsIn, mustBeToldInTheLog } from './nodes-log.ts'
import { mustBeIdle, mustBeTruthful, mustBuryNothing } from './nodes-truth.ts'

const SEED = Date.now() % 2 ** 32
const RUNS = 20 * dose
const REQUESTS = 5 * dose
const NAMES = ['api+coordinator+deadletters-1', 'executions+live+replays+results-1', 'runs-1']
const FACTS = 'executions.events'
const FOLLOWERS = ['coordinator', 'results']

type Letter = { id: string; group: string; cause: string; messageId: string }
type Envelope = { envelope: Record<string, unknown> }

atLargeDose(
  'nats',
  'redis',
  'mongodb',
  'kafka',
)('nodes that are sent', () => {
  let cluster: Cluster
  let client: Client
  let foreign: Producer

  beforeAll(async () => {
    cluster = await startCluster(NAMES, { GREENROOM_SLOTS: '2', GREENROOM_QUEUE_LIMIT: '5000' })
    client = new Client(cluster.node(NAMES[0]!).url)
    foreign = new KafkaClient(brokersOf(cluster.servers.kafka.url)).producer()
    await foreign.connect()
  })
  afterAll(async () => {
    await foreign?.disconnect()
    await cluster?.close()
  })

  const send = (topic: string, key: string, value: string, headers: Record<string, string>) =>
    foreign.send({ topic, acks: -1, messages: [{ key, value, headers, partition: 0 }] })

  const asked = async (order: string) =>
    (await client.get<Page>(`/executions?label=order=${order}`)).body.items.map(({ state }) => state)

  it('every message twice do everything once', async () => {
    const repeater = await startRepeater(cluster.servers.kafka.url, [FACTS, 'executions.requests'])
    const load = new NodesLoad([client], randomOf(SEED), 'twice')
    const orders = Array.from({ length: REQUESTS }, () => randomUUID())
    for (const order of orders) {
      const program = { language: 'bash', source: 'echo asked', labels: { order } }
      await send('executions.requests', order, JSON.stringify(program), { id: order, type: 'executions.requested' })
    }
    await eventually(() => expect(load.accepted.length).toBeGreaterThanOrEqual(RUNS), 120_000)
    const accepted = await load.stop()
    expect(load.lost).toEqual([])
    for (const run of accepted) await mustBeTruthful(client, run)
    for (const order of orders) await eventually(async () => expect(await asked(order)).toEqual(['succeeded']))
    await mustBeToldInTheLog(client, cluster.servers.kafka.url, accepted)
    let times = new Map<string, Fact[]>()
    await eventually(async () => {
      times = Map.groupBy(await factsIn(cluster.servers.kafka.url), ({ id }) => id)
      expect([...times.values()].filter(({ length }) => length < 2)).toEqual([])
    })
    expect(times.size).toBeGreaterThanOrEqual(4 * (RUNS + REQUESTS))
    await repeater.end()
    await mustBeToldInTheLog(client, cluster.servers.kafka.url, accepted)
    for (const order of orders) expect(await asked(order)).toEqual(['succeeded'])
    await mustBeIdle(client)
    await mustBuryNothing(client)
  }, 400_000)

  it('messages that nobody can handle bury each for each who follows the topic, whole, and go on', async () => {
    const bad: [id: string, type: string, value: string, cause: string][] = [
      ['bad-json', 'executions.ended', '{"executionId":', 'PAYLOAD_UNREADABLE'],
      ['bad-type', 'executions.forgotten', '{"executionId":"x"}', 'TYPE_UNKNOWN'],
      ['bad-field', 'executions.ended', '{"executionId":"x","rev":"first"}', 'VALIDATION_ERROR'],
    ]
    for (const [id, type, value] of bad) await send(FACTS, 'poison', value, { id, type, more: 'kept' })
    expect(await client.run({ language: 'bash', source: 'echo on' })).toMatchObject({ stdout: 'on\n' })
    const ofFollowers = bad.filter(([id]) => id !== 'bad-type')
    const expected = FOLLOWERS.flatMap((group) =>
      ofFollowers.map(([id, , , cause]) => ({ group, cause, messageId: id })),
    )
    let letters: Letter[] = []
    await eventually(async () => {
      const { body } = await client.get<{ items: Letter[] }>(`/dead-letters?topic=${FACTS}&limit=200`)
      letters = body.items
      const found = letters.map(({ group, cause, messageId }) => ({ group, cause, messageId }))
      expect(found).toEqual(expect.arrayContaining(expected))
      // Nobody follows it, so that it is nobody's in particular.
      expect(found).toContainEqual(expect.objectContaining({ cause: 'TYPE_UNKNOWN', messageId: 'bad-type' }))
    })
    for (const { id, group, messageId } of letters) {
      const { envelope } = (await client.get<Envelope>(`/dead-letters/${id}`)).body
      const [, type, value] = bad.find(([badId]) => badId === messageId)!
      expect(envelope).toMatchObject({
        ...{ id: expect.stringContaining(`${group}/${FACTS}/0/`), group, topic: FACTS, partition: 0 },
        ...{ offset: expect.any(Number), at: expect.any(Number), node: expect.any(String), attempts: 1 },
        ...{ firstFailureAt: expect.any(String), lastFailureAt: expect.any(String), traceParent: null, replayOf: null },
        error: { message: expect.any(String), stackHash: expect.stringMatching(/^[0-9a-f]{16}$/) },
        message: { id: messageId, key: 'poison', type, headers: { more: 'kept' } },
      })
      const { bytes, message } = envelope as { bytes?: string; message: { payload: unknown } }
      expect(bytes ? Buffer.from(bytes, 'base64').toString() : JSON.stringify(message.payload)).toBe(value)
    }
    await mustBeIdle(client)
  })
})
