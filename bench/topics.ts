import { kafkaTopics } from '../mixins/topics/kafka.ts'
import { brokersOf } from '../mixins/topics/kafka-address.ts'
import { KafkaClient } from '../mixins/topics/kafka-client.ts'
import { partitionOf } from '../mixins/topics/kafka-murmur2.ts'
import { startKafka } from '../test/servers/kafka.ts'
import { rewrite } from './report.ts'
import { quantile } from './statistics.ts'

// Publishing and consuming facts beside the bare client, on one broker. Both keep what every fact needs: all copies, in
// order, each send to one partition.
const COUNT = 40_000
const FILLER = 'x'.repeat(220)
const PARTITIONS = 8
const quiet = { info: () => undefined, warn: () => undefined }

const server = await startKafka()
const topics = kafkaTopics(server.url, quiet)
const payloadOf = (n: number) => ({ n, filler: FILLER })
const keyOf = (n: number) => `key-${n % 100}`
const messageOf = (n: number) => ({ id: `id-${n}`, key: keyOf(n), type: 'x', headers: {}, payload: payloadOf(n) })
const rows = ['| what | messages a call | raw, per second | ours, per second | ours / raw |', '|---|--:|--:|--:|--:|']

const tell = (what: string, size: number | string, raw: number, ours: number) => {
  rows.push(`| ${what} | ${size} | ${raw.toFixed(0)} | ${ours.toFixed(0)} | ${(ours / raw).toFixed(2)} |`)
  console.log(rows.at(-1))
}
const perSecond = async (count: number, work: () => Promise<unknown>) => {
  const begun = performance.now()
  await work()
  return (count / (performance.now() - begun)) * 1000
}

const rawPublish = async (topic: string, size: number, count: number) => {
  const producer = new KafkaClient(brokersOf(server.url)).producer()
  await producer.connect()
  const send = async (from: number) => {
    const placed = Map.groupBy(range(from, size), (n) => partitionOf(keyOf(n), PARTITIONS))
    const sends = [...placed].map(([partition, numbers]) => {
      const messages = numbers.map((n) => {
        const headers = { id: `id-${n}`, type: 'x' }
        return { key: keyOf(n), value: JSON.stringify(payloadOf(n)), headers, partition }
      })
      return producer.send({ topic, acks: -1, messages })
    })
    await Promise.all(sends)
  }
  await send(0)
  const rate = await perSecond(count, async () => {
    for (let from = 0; from < count; from += size) await send(from)
  })
  await producer.disconnect()
  return rate
}
const range = (from: number, size: number) => Array.from({ length: size }, (_, i) => from + i)

const ourPublish = (topic: string, size: number, count: number) =>
  perSecond(count, async () => {
    for (let from = 0; from < count; from += size) await topics.append(topic, range(from, size).map(messageOf))
  })

const rawConsume = async (topic: string, group: string, count: number) => {
  const consumer = new KafkaClient(brokersOf(server.url)).consumer(group)
  const done = Promise.withResolvers<void>()
  let seen = 0
  let begun = 0
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    eachBatch: async ({ batch }) => {
      begun ||= performance.now()
      for (const { value } of batch.messages) JSON.parse(String(value))
      seen += batch.messages.length
      if (seen >= count) done.resolve()
    },
  })
  await done.promise
  const rate = (count / (performance.now() - begun)) * 1000
  await consumer.disconnect()
  return rate
}

const ourConsume = async (topic: string, group: string, count: number) => {
  const done = Promise.withResolvers<void>()
  let seen = 0
  let begun = 0
  const handler = async (batch: unknown[]) => {
    begun ||= performance.now()
    seen += batch.length
    if (seen >= count) done.resolve()
  }
  const end = await topics.subscribe(topic, group, handler, { window: 1000 })
  await done.promise
  const rate = (count / (performance.now() - begun)) * 1000
  await end()
  return rate
}

/** The middle of three rates of each, taken in turns after a first one that only warms up. */
const inTurns = async (raw: (round: number) => Promise<number>, ours: (round: number) => Promise<number>) => {
  const rates: { raw: number; ours: number }[] = []
  for (let round = 0; round < 4; round++) {
    const isEven = round % 2 === 0
    const first = await (isEven ? raw(round) : ours(round))
    const second = await (isEven ? ours(round) : raw(round))
    rates.push(isEven ? { raw: first, ours: second } : { raw: second, ours: first })
  }
  const middle = (which: 'raw' | 'ours') =>
    quantile(
      rates.slice(1).map((rate) => rate[which]),
      0.5,
    )
  return { raw: middle('raw'), ours: middle('ours') }
}

await topics.append('ours', [messageOf(0)])
await topics.append('raw', [messageOf(0)])
for (const [size, count] of [
  [1, 2000],
  [100, 20_000],
  [1000, COUNT],
] as const) {
  const { raw, ours } = await inTurns(
    () => rawPublish('raw', size, count),
    () => ourPublish('ours', size, count),
  )
  tell('publish', size, raw, ours)
}
const { raw, ours } = await inTurns(
  (round) => rawConsume('ours', `raw-${round}`, COUNT),
  (round) => ourConsume('ours', `ours-${round}`, COUNT),
)
tell('consume', '-', raw, ours)
rewrite('topics', rows)
await topics.close()
await server.stop()
