import { Redis } from 'ioredis'
import { redis as program } from '../cli/setup/infra/redis.ts'
import type { WorkQueue } from '../mixins/queue/queue.ts'
import { redisQueues } from '../mixins/queue/redis.ts'
import { RedisConnection } from '../mixins/redis/connection.ts'
import { startRedis } from '../test/servers/redis.ts'
import { rewrite } from './report.ts'
import { measure, quantile, summarise } from './statistics.ts'

// The queue beside what the bare client does with the same server in the same minutes: a stream and a consumer group, without
// priorities, duplicates, limits, leases, attempts or delays.
const LEASE_MS = 60_000
const ROUNDS = 3

const missing = program.missing()
if (missing) {
  console.log(`The queue on Redis is not measured: ${missing}.`)
  process.exit(0)
}
const server = await startRedis()
const redis = new RedisConnection(server.url, { info: () => undefined, warn: console.warn })
const queue = redisQueues(redis)('bench')
const bare = new Redis(server.url, { enableAutoPipelining: true })
const waiter = new Redis(server.url)
await bare.xgroup('CREATE', 'bare', 'workers', 0, 'MKSTREAM')

let count = 0
const payload = { executionId: '0198c0de-0000-7000-8000-000000000000', attempt: 1 }
const body = JSON.stringify(payload)

const add = () => queue.add({ id: `job-${count++}`, payload, priority: count % 5 }, { limit: 10_000_000 })
const bareAdd = () => bare.xadd('bare', '*', 'id', `job-${count++}`, 'payload', body)
const bareRead = async (max: number): Promise<string[]> => {
  const read = await bare.xreadgroup('GROUP', 'workers', 'worker', 'COUNT', max, 'STREAMS', 'bare', '>')
  const [stream] = (read ?? []) as [string, [string, string[]][]][]
  return stream?.[1].map(([id]) => id) ?? []
}
const bareAck = (id: string) => Promise.all([bare.xack('bare', 'workers', id), bare.xdel('bare', id)])

/** Takes by the hundred, as a worker with many slots, and acknowledges one by one. */
const taking = (queue: WorkQueue) =>
  batched(
    (max) => queue.take('worker', max, LEASE_MS),
    (job) => queue.ack(job),
  )

const batched = <T>(read: (max: number) => Promise<T[]>, ack: (one: T) => Promise<unknown>) => {
  let held: T[] = []
  let reading: Promise<unknown> | undefined
  return async (): Promise<void> => {
    while (held.length === 0) {
      reading ??= read(256).then((more) => {
        held = [...held, ...more]
        reading = undefined
      })
      await reading
    }
    await ack(held.pop()!)
  }
}

type Subject = { name: string; bare: () => Promise<unknown>; ours: () => Promise<unknown>; jobs: number; at: number[] }
const subjects: Subject[] = [
  { name: 'add', bare: bareAdd, ours: add, jobs: 6000, at: [1, 16, 256] },
  {
    name: 'take, 256 at once, and acknowledge',
    bare: batched(bareRead, bareAck),
    ours: taking(queue),
    jobs: 6000,
    at: [1, 16, 256],
  },
  {
    name: 'add, take and acknowledge one',
    async bare() {
      await bareAdd()
      for (const id of await bareRead(1)) await bareAck(id)
    },
    async ours() {
      await add()
      for (const job of await queue.take('worker', 1, LEASE_MS)) await queue.ack(job)
    },
    jobs: 3000,
    at: [1, 16, 256],
  },
]

const rows = [
  '| what | at once | bare client, per second | Greenroom, per second | share | Greenroom p50 / p99 ms |',
  '|---|--:|--:|--:|--:|--:|',
]
const tell = (...cells: (string | number)[]) => {
  rows.push(`| ${cells.join(' | ')} |`)
  console.log(rows.at(-1))
}

for (const { name, bare, ours, jobs, at } of subjects) {
  for (const concurrency of at) {
    const dose = { count: Math.ceil(jobs / (concurrency === 1 ? 3 : 1) / ROUNDS), concurrency }
    const rates = { bare: [] as number[], ours: [] as number[] }
    const timings: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const [floor, own] = [await measure(bare, dose), await measure(ours, dose)]
      rates.bare.push(summarise(floor.timings, floor.elapsedMs).perSecond)
      rates.ours.push(summarise(own.timings, own.elapsedMs).perSecond)
      timings.push(...own.timings)
    }
    const [floor, own] = [quantile(rates.bare, 0.5), quantile(rates.ours, 0.5)]
    const share = (own / floor).toFixed(2)
    tell(name, concurrency, floor.toFixed(0), own.toFixed(0), share, times(timings))
  }
}

// From an add to the job in the hands of a worker that waited for it, beside XADD and a blocked XREAD.
await redis.do((client) => client.flushall())
await bare.xadd('bell', '*', 'n', 0)
const woken = { bare: [] as number[], ours: [] as number[] }
for (let n = 0; n < 400; n++) {
  const reading = waiter.xread('BLOCK', 5000, 'STREAMS', 'bell', '$')
  const waiting = queue.ready(5000).then(() => queue.take('worker', 1, LEASE_MS))
  await new Promise((resolve) => setTimeout(resolve, 3))
  const start = performance.now()
  await bare.xadd('bell', '*', 'n', n)
  await reading
  woken.bare.push(performance.now() - start)
  const added = performance.now()
  await add()
  for (const job of await waiting) {
    woken.ours.push(performance.now() - added)
    await queue.ack(job)
  }
}
tell(`wake a worker that waits (bare: ${times(woken.bare)} ms)`, 1, '-', '-', '-', times(woken.ours))

rewrite('queue', rows)
waiter.disconnect()
bare.disconnect()
await redis.close()
await server.stop()

function times(timings: number[]): string {
  return `${quantile(timings, 0.5).toFixed(2)} / ${quantile(timings, 0.99).toFixed(2)}`
}
