import { setTimeout as pause } from 'node:timers/promises'
import { dose } from '../dose.ts'
import { eventually } from '../eventually.ts'
import { describeOn } from '../servers/describe-on.ts'
import { Client } from '../system/client.ts'
import { type Cluster, startCluster } from '../system/cluster.ts'
import { mustBeToldInTheLog } from './nodes-log.ts'
import { mustBeIdle } from './nodes-truth.ts'

const NAMES = [
  ...['api-1', 'coordinator-1', 'coordinator-2', 'executions-1', 'deadletters+live+replays+results-1'],
  ...['runs-1', 'runs-2'],
]
const LEASE_MS = 15_000
const WAITING = dose > 1 ? 1000 : 200

describeOn(
  'nats',
  'redis',
  'mongodb',
  'kafka',
)('nodes whose servers or neighbours fail', () => {
  let cluster: Cluster
  let client: Client

  beforeAll(async () => {
    cluster = await startCluster(NAMES, { GREENROOM_SLOTS: '2', GREENROOM_QUEUE_LIMIT: '5000' })
    client = new Client(cluster.node('api-1').url)
  }, 110_000)
  afterAll(() => cluster?.close(), 60_000)

  it('take over from a coordinator that is killed within its lease, and from one that leaves', async () => {
    const took: number[] = []
    for (const signal of ['kill', 'leave'] as const) {
      for (const name of ['coordinator-1', 'coordinator-2']) {
        const began = performance.now()
        const gone = cluster.node(name)[signal]()
        expect(await client.run({ language: 'bash', source: 'echo here' })).toMatchObject({ stdout: 'here\n' })
        took.push(performance.now() - began)
        await gone
        await cluster.node(name).restart()
        await eventually(() => pause(2000))
      }
    }
    expect(Math.max(...took)).toBeLessThan(12_000)
  }, 120_000)

  it('refuse the report of a worker that was stopped for longer than its lease', async () => {
    const source = 'echo begin $RANDOM; sleep 4; echo end'
    const { id } = await client.submit({ language: 'bash', source, retries: 1, args: ['nodes-stopped'] })
    const { timeline } = await client.untilPrinted(id, 'begin')
    const first = timeline.at(-1)?.node?.split('@')[0] ?? ''
    cluster.node(first).pause()
    const second = await client.ended(id, 4 * LEASE_MS)
    expect(second).toMatchObject({
      state: 'succeeded',
      attempt: 2,
      stdout: expect.stringMatching(/^begin \d+\nend\n$/),
    })
    expect(second.timeline.map(({ event }) => event)).toContain('attempt 1 lost')
    const before = cluster.node(first).log().length
    cluster.node(first).resume()
    await eventually(async () => {
      const { body } = await client.get<{ workers: { node: string; busy: number }[] }>('//health')
      expect(body.workers.find(({ node }) => node.startsWith(first))).toMatchObject({ busy: 0 })
    }, 30_000)
    expect(await client.show(id)).toEqual(second)
    expect(cluster.node(first).log().slice(before)).not.toContain('"level":50')
    await mustBeIdle(client)
  }, 120_000)

  it(`rebuild what Redis has forgotten, with ${WAITING} runs in the line`, async () => {
    const count = WAITING
    const ids: string[] = []
    const submit = async () => {
      while (ids.length < count) {
        const at = ids.push('') - 1
        ids[at] = (await client.submit({ language: 'bash', source: 'echo $1', args: [String(at)], retries: 3 })).id
      }
    }
    await Promise.all(Array.from({ length: 16 }, submit))
    const { body } = await client.get<{ queue: { length: number } }>('//health')
    expect(body.queue.length).toBeGreaterThan(count / 4)
    const { RedisConnection } = await import('../../mixins/redis/connection.ts')
    const redis = new RedisConnection(cluster.servers.redis.url, { info: () => undefined, warn: () => undefined })
    await redis.do((connection) => connection.flushall())
    await redis.close()
    if (dose > 1) await cluster.servers.redis.restart('SIGKILL')
    for (const [at, id] of ids.entries()) {
      const view = await client.ended(id, 240_000)
      expect({ id, state: view.state, stdout: view.stdout }).toEqual({ id, state: 'succeeded', stdout: `${at}\n` })
    }
    await mustBeIdle(client)
    if (dose === 1) return
    await mustBeToldInTheLog(
      client,
      cluster.servers.kafka.url,
      ids.map((id) => ({ id })),
    )
  }, 600_000)
})
