import { MongoClient } from 'mongodb'
import { kafka as kafkaProgram } from '../cli/setup/infra/kafka.ts'
import { mongodb as mongoProgram } from '../cli/setup/infra/mongodb.ts'
import { event, fact } from '../mixins/contract/contract.ts'
import { mongoDocuments } from '../mixins/store/mongo.ts'
import { Relay } from '../mixins/store/relay.ts'
import { kafkaTopics } from '../mixins/topics/kafka.ts'
import type { NewMessage } from '../mixins/topics/topics.ts'
import { startKafka } from '../test/servers/kafka.ts'
import { startMongo } from '../test/servers/mongo.ts'
import { rewrite } from './report.ts'
import { measure, quantile, summarise } from './statistics.ts'

// What a write costs on the server, beside what the bare client takes for the same with the same acknowledgement, and how
// long after the write its fact lies in Kafka.
const missing = mongoProgram.missing() ?? kafkaProgram.missing()
if (missing) {
  console.log(`The store on MongoDB is not measured: ${missing}.`)
  process.exit(0)
}
const [server, brokers] = await Promise.all([startMongo(), startKafka()])
const log = { info: () => undefined, warn: console.warn }
const kafka = kafkaTopics(brokers.url, log)
const store = mongoDocuments(server.url, log)
const bare = new MongoClient(server.url, { writeConcern: { w: 'majority', journal: true } })

const Made = event({
  name: 'things.made',
  topic: 'things',
  about: 'For the benchmark.',
  key: 'id',
  payload: { id: { type: 'string' } },
})

const acknowledged = new Map<string, number>()
let lags: number[] = []
const topics = {
  async append(topic: string, messages: NewMessage[]) {
    await kafka.append(topic, messages)
    const now = performance.now()
    for (const { key } of messages) lags.push(now - (acknowledged.get(key) ?? now))
  },
}
const relay = new Relay(store.outbox, topics, log)

const indexes = [['state'], ['saga.due'], ['user', 'id'], ['user', 'state', 'id'], ['createdAt']]
await store.declare({ name: 'things', indexes, unique: ['key'] })
const body = { user: 'local', state: 'queued', createdAt: '', saga: { due: 1 }, timeline: 'x'.repeat(1200) }
const thing = (id: string, rev: number) => ({ id, rev, key: id, ...body })

let count = 0
let replaced = 0
let [bareFirst, bareInserted, bareReplaced, bareFound] = [0, 0, 0, 0]

// The same indexes, under the names of the fields as the store keeps them.
type Plain = { _id: string; rev: number; body: object }
const floor = bare.db('bare').collection<Plain>('indexed')
await floor.createIndexes([
  { key: { pending: 1 } },
  ...indexes.map((paths) => ({
    key: Object.fromEntries([...paths.map((path) => `body.${path}`), '_id'].map((path) => [path, 1])),
  })),
  { key: { 'body.key': 1 }, unique: true },
])
const plain = (id: string, rev: number): Plain => ({ _id: id, rev, body: { key: id, ...body } })
const told = async (id: string, write: Promise<unknown>) => {
  await write
  acknowledged.set(id, performance.now())
}
const insert = () => {
  const id = `thing-${count++}`
  return told(id, store.insert('things', thing(id, 1), [fact(Made, { id })], { source: 'x'.repeat(500) }))
}
const subjects: [string, () => Promise<unknown>][] = [
  [
    'bare client: insert a document, no index',
    () =>
      bare
        .db('bare')
        .collection<{ _id: string }>('things')
        .insertOne({ _id: `${count++}`, ...body }),
  ],
  ['bare client: insert a document, six indexes', () => floor.insertOne(plain(`${bareInserted++}`, 1))],
  [
    'bare client: update by id and revision, six indexes',
    () => {
      const id = `${bareFirst + bareReplaced++}`
      return floor.updateOne({ _id: id, rev: 1 }, { $set: { rev: 2, body: { key: id, ...body } } })
    },
  ],
  [
    'bare client: find and update by id and revision, six indexes',
    () => {
      const id = `${bareFirst + bareFound++}`
      return floor.findOneAndUpdate(
        { _id: id, rev: 2 },
        { $set: { rev: 3, body: { key: id, ...body } } },
        { projection: { rev: 1 } },
      )
    },
  ],
  ['insert a document, its fact and its frozen part, six indexes', insert],
  [
    'replace a document, with a fact',
    () => {
      const id = `thing-${first + replaced++}`
      return told(id, store.replace('things', thing(id, 2), [fact(Made, { id })]))
    },
  ],
  ['get a document', () => store.get('things', `thing-${first + (count++ % replaced)}`)],
]

const drained = async () => {
  while ((await store.outbox.oldest()) !== null) await new Promise((resolve) => setTimeout(resolve, 50))
}
const doses = [
  { concurrency: 1, count: 600, pauseMs: 5 },
  { concurrency: 16, count: 2000 },
  { concurrency: 64, count: 3000 },
]
let first = 0
await insert()
await drained()

const rows = [
  '| what | at once | per second | p50 / p99 ms | fact in Kafka after, p50 / p99 ms |',
  '|---|--:|--:|--:|--:|',
]
for (const dose of doses) {
  for (const [name, one] of subjects) {
    lags = []
    if (name.startsWith('insert')) first = count
    if (name.startsWith('replace')) replaced = 0
    if (name.startsWith('bare client: insert a document, six')) {
      bareFirst = bareInserted
      bareReplaced = 0
      bareFound = 0
    }
    const { timings, elapsedMs } = await measure(one, dose)
    const { perSecond, p50, p99 } = summarise(timings, elapsedMs)
    await drained()
    const lag = lags.length > 0 ? `${quantile(lags, 0.5).toFixed(1)} / ${quantile(lags, 0.99).toFixed(1)}` : '-'
    const pace = dose.pauseMs ? `${dose.concurrency}, every ${dose.pauseMs} ms` : dose.concurrency
    rows.push(`| ${name} | ${pace} | ${perSecond.toFixed(0)} | ${p50.toFixed(2)} / ${p99.toFixed(2)} | ${lag} |`)
    console.log(rows.at(-1))
  }
}
rewrite('outbox', rows)
await relay.close()
await Promise.all([store.close(), kafka.close(), bare.close()])
await Promise.all([server.stop(), brokers.stop()])
