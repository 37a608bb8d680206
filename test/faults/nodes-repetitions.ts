import { randomUUID } from 'node:crypto'
import { brokersOf } from '../../mixins/topics/kafka-address.ts'
import { KafkaClient, type Producer } from '../../mixins/topics/kafka-client.ts'
import { dose } from '../dose.ts'
import { eventually } from '../eventually.ts'
import type { Random } from '../random.ts'
import type { Page } from '../system/client.ts'
import { startRepeater } from './kafka-repeater.ts'
import { NodesLoad } from './nodes-load.ts'
import { type Fact, factsIn, mustBeToldInTheLog } from './nodes-log.ts'
import type { Stage } from './nodes-stage.ts'

const RUNS = 20 * dose
const REQUESTS = 5 * dose
const FACTS = 'executions.events'

/** Every message comes twice: those of a topic of facts, and those by which others ask for runs. */
export const repetitions = (stage: () => Stage, random: Random): void => {
  const client = () => stage().second
  const url = () => stage().cluster.servers.kafka.url
  let foreign: Producer

  beforeAll(async () => {
    foreign = new KafkaClient(brokersOf(url())).producer()
    await foreign.connect()
  })
  afterAll(() => foreign?.disconnect())

  const send = (topic: string, key: string, value: string, headers: Record<string, string>) =>
    foreign.send({ topic, acks: -1, messages: [{ key, value, headers, partition: 0 }] })

  const asked = async (order: string) =>
    (await client().get<Page>(`/executions?label=order=${order}`)).body.items.map(({ state }) => state)

  it('do everything once when every message comes twice', async () => {
    const repeater = await startRepeater(url(), [FACTS, 'executions.requests'])
    const load = new NodesLoad([client()], random, 'twice')
    const orders = Array.from({ length: REQUESTS }, () => randomUUID())
    for (const order of orders) {
      const program = { language: 'bash', source: 'echo asked', labels: { order } }
      await send('executions.requests', order, JSON.stringify(program), { id: order, type: 'executions.requested' })
    }
    await eventually(() => expect(load.accepted.length).toBeGreaterThanOrEqual(RUNS), 120_000)
    const accepted = await load.stop()
    stage().expect(accepted)
    expect(load.lost).toEqual([])
    for (const order of orders) await eventually(async () => expect(await asked(order)).toEqual(['succeeded']))
    await stage().settled()
    let times = new Map<string, Fact[]>()
    await eventually(async () => {
      times = Map.groupBy(await factsIn(url()), ({ id }) => id)
      expect([...times.values()].filter(({ length }) => length < 2)).toEqual([])
    })
    expect(times.size).toBeGreaterThanOrEqual(4 * (RUNS + REQUESTS))
    await repeater.end()
    await mustBeToldInTheLog(client(), url(), accepted)
    for (const order of orders) expect(await asked(order)).toEqual(['succeeded'])
    await stage().settled()
  }, 400_000)
}
