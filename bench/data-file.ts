import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { event, fact } from '../mixins/contract/contract.ts'
import { sqliteQueues } from '../mixins/queue/sqlite.ts'
import { scratch } from '../mixins/sqlite/scratch.ts'
import { sqliteDocuments } from '../mixins/store/sqlite.ts'
import { sqliteStreams } from '../mixins/streams/sqlite.ts'
import { sqliteTopics } from '../mixins/topics/sqlite.ts'
import { rewrite } from './report.ts'
import { measure, summarise } from './statistics.ts'

// What one run writes to the data file, one capability at a time, beside the floor: a record and an fdatasync.
const file = scratch()
const topics = sqliteTopics(file.database)
const store = sqliteDocuments(file.database, topics)
const streams = sqliteStreams(file.database)
const queue = sqliteQueues(file.database)('runs')

const Made = event({
  name: 'things.made',
  topic: 'things',
  about: 'For the benchmark.',
  key: 'id',
  payload: { id: { type: 'string' } },
})
const indexes = [['state'], ['saga.due'], ['user', 'id'], ['user', 'state', 'id'], ['createdAt']]
await store.declare({ name: 'things', indexes, unique: ['key'] })

let count = 0
const body = { user: 'local', state: 'queued', createdAt: '', saga: { due: 1 }, timeline: 'x'.repeat(1200) }
const thing = (id: string, rev: number) => ({ id, rev, key: id, ...body })
const floor = openSync(join(file.directory, 'floor'), 'w')
const record = Buffer.alloc(4096)

const subjects: [string, () => Promise<unknown>][] = [
  [
    'a record and an fdatasync',
    async () => {
      writeSync(floor, record)
      fdatasyncSync(floor)
    },
  ],
  [
    'insert a document, its fact and its frozen part',
    () => {
      const id = `thing-${count++}`
      return store.insert('things', thing(id, 1), [fact(Made, { id })], { source: 'x'.repeat(500) })
    },
  ],
  ['replace a document, with a fact', () => replace()],
  ['get a document', () => store.get('things', `thing-${count >> 1}`)],
  ['append 200 bytes of output', () => streams.append(`run-${count++ % 50}`, [chunk(200)])],
  ['append 64 KiB of output', () => streams.append(`run-${count++ % 50}`, [chunk(65_536)])],
  ['append a message', () => topics.append('other', [message()])],
  [
    'add, take and acknowledge a job',
    async () => {
      await queue.add({ id: `job-${count++}`, payload: { id: count }, priority: 0 })
      const [job] = await queue.take('worker', 1, 60_000)
      if (job) await queue.ack(job)
    },
  ],
]

let replaced = 0
const replace = () => {
  const id = `thing-${replaced++}`
  return store.replace('things', thing(id, 2), [fact(Made, { id })])
}
const chunk = (size: number) => ({ channel: 'stdout', bytes: new Uint8Array(size), at: 0 })
const message = () => ({
  id: `${count++}`,
  key: `${count % 100}`,
  type: 'things.made',
  headers: {},
  payload: { count },
})

const doses = [
  { concurrency: 1, count: 1000 },
  { concurrency: 16, count: 3000 },
  { concurrency: 256, count: 6000 },
]

const rows = [
  '| what | at once | per second | p50 ms | p99 ms | longest turn of the event loop, ms |',
  '|---|--:|--:|--:|--:|--:|',
]
for (const [name, one] of subjects) {
  for (const dose of doses) {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const { timings, elapsedMs } = await measure(one, dose)
    delay.disable()
    const { perSecond, p50, p99 } = summarise(timings, elapsedMs)
    const longest = (delay.max / 1e6).toFixed(1)
    const figures = [dose.concurrency, perSecond.toFixed(0), p50.toFixed(2), p99.toFixed(2), longest]
    rows.push(`| ${name} | ${figures.join(' | ')} |`)
    console.log(rows.at(-1))
  }
}
rewrite('data', rows)
closeSync(floor)
await file.discard()
