import { randomUUID } from 'node:crypto'
import { expect } from '@jest/globals'
import { brokersOf } from '../../mixins/topics/kafka-address.ts'
import { KafkaClient } from '../../mixins/topics/kafka-client.ts'
import { eventually } from '../eventually.ts'
import type { Page } from '../system/client.ts'
import type { Stage } from './nodes-stage.ts'
import type { Step } from './nodes-steps.ts'

const REQUESTS = 'executions.requests'
// Of a run that nothing has befallen.
const FACTS = 4
const PATIENCE_MS = 180_000

type Letter = { id: string; messageId: string; state: string }
type Replay = { id: string; state: string; sent: number; ranges: { next: number; end: number }[] }

const send = async ({ cluster }: Stage, topic: string, id: string, value: string, type: string) => {
  const producer = new KafkaClient(brokersOf(cluster.servers.kafka.url)).producer()
  await producer.connect()
  await eventually(() => producer.send({ topic, acks: -1, messages: [{ key: id, value, headers: { id, type } }] }))
  await producer.disconnect()
}

const lettersAbout = async ({ second }: Stage, id: string, state = 'open'): Promise<Letter[]> => {
  const { status, body } = await second.get<{ items: Letter[] }>(`/dead-letters?state=${state}&limit=200`)
  expect(status).toBe(200)
  return body.items.filter(({ messageId }) => messageId === id)
}

const one = async (stage: Stage, id: string): Promise<Letter> => {
  let found: Letter[] = []
  await eventually(async () => {
    found = await lettersAbout(stage, id)
    expect(found).toHaveLength(1)
  })
  return found[0]!
}

const discard = async (stage: Stage, { id }: Letter) => {
  await eventually(async () => {
    const { status } = await stage.second.ask('POST', `/dead-letters/${id}/discard`, { reason: 'a test' })
    expect(status).toBe(200)
  })
}

/** A request that nobody can read, on its way to the dead letters. */
const refused = async (stage: Stage): Promise<string> => {
  const id = randomUUID()
  await send(stage, REQUESTS, id, '{"language":', 'executions.requested')
  return id
}

const keepsALetter: Step['killed'] = async (stage) => {
  stage.node('deadletters').pause()
  const id = await refused(stage)
  stage.cluster.servers.mongo.pause()
  stage.node('deadletters').resume()
  await stage.kill('deadletters', () => stage.cluster.servers.mongo.resume())
  await discard(stage, await one(stage, id))
}

const retriesALetter: Step['killed'] = async (stage) => {
  const id = await refused(stage)
  const letter = await one(stage, id)
  const edit = {
    payload: { language: 'bash', source: 'echo mended', labels: { mark: id } },
    type: 'executions.requested',
  }
  const retry = () => stage.second.ask('POST', `/dead-letters/${letter.id}/retry`, edit)
  const { kafka } = stage.cluster.servers
  kafka.pause()
  void retry().catch(() => undefined)
  await stage.second.get('//health/live')
  await stage.kill('deadletters', () => kafka.resume())
  await eventually(async () => {
    const [left] = await lettersAbout(stage, id)
    if (left) await retry()
    expect(await lettersAbout(stage, id, 'retried')).toHaveLength(1)
  })
  await eventually(async () => {
    const { body } = await stage.second.get<Page>(`/executions?label=mark=${id}`)
    expect(body.items).toMatchObject([{ state: 'succeeded' }])
  })
}

const sendsAPart: Step['killed'] = async (stage) => {
  const run = await stage.submit()
  const part = { topic: 'executions.events', key: run.id }
  await eventually(async () => {
    const { body } = await stage.second.ask<{ types: object }>('POST', '/replays/preview', part)
    expect(body.types).toMatchObject({ 'executions.ended': 1 })
  })
  const order = { ...part, group: 'results', reason: 'a test', ratePerSecond: 1 }
  let id = ''
  await eventually(async () => {
    const { status, body } = await stage.second.ask<Replay>('POST', '/replays', order)
    expect({ status, body }).toMatchObject({ status: 202 })
    id = body.id
  })
  const show = async () => (await stage.second.get<Replay>(`/replays/${id}`)).body
  await eventually(async () => expect((await show()).sent).toBeGreaterThan(0), PATIENCE_MS)
  await stage.kill('replays')
  await eventually(async () => expect(await show()).toMatchObject({ state: 'done' }), PATIENCE_MS)
  const { ranges, sent } = await show()
  expect(ranges.filter(({ next, end }) => next < end)).toEqual([])
  expect(sent).toBeGreaterThanOrEqual(FACTS)
}

/** Every step of those who keep and repeat messages. */
export const stepsOfMessages: Step[] = [
  { actor: 'deadletters', is: 'keeps a letter', killed: keepsALetter },
  { actor: 'deadletters', is: 'retries a letter', killed: retriesALetter },
  { actor: 'replays', is: 'sends a part of a topic', killed: sendsAPart },
]
