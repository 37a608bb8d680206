import { eventually } from '../eventually.ts'
import { describeOn } from '../servers/describe-on.ts'
import { type Cluster, ready, startCluster } from './cluster.ts'
import { bytesIn, readStream } from './sse.ts'

const OTHERS = ['deadletters+live+replays+results-1']

describeOn(
  'nats',
  'redis',
  'mongodb',
  'kafka',
)('services in processes of their own', () => {
  let cluster: Cluster

  beforeAll(async () => {
    const names = ['api-1', 'api-2', 'coordinator-1', 'executions-1', 'runs-1', ...OTHERS]
    cluster = await startCluster(names, { GREENROOM_SLOTS: '4' })
  }, 110_000)
  afterAll(() => cluster?.close(), 60_000)

  it('run a program to its end, whichever door it came through', async () => {
    for (const name of ['api-1', 'api-2']) {
      const view = await cluster.node(name).client.run({ language: 'bash', source: 'echo $1', args: [name] })
      expect(view).toMatchObject({ state: 'succeeded', stdout: `${name}\n` })
      expect(view.timeline.find(({ event }) => event === 'running')?.node).toMatch(/^runs-1@/)
    }
  }, 60_000)

  it('stream a run through one door that was submitted through another', async () => {
    const source = 'for i in {1..50}; do echo $i; sleep 0.02; done'
    const { id } = await cluster.node('api-1').client.submit({ language: 'bash', source })
    const { events, closedByServer } = await readStream(`${cluster.node('api-2').url}/api/v1/executions/${id}/stream`)
    expect(closedByServer).toBe(true)
    expect(bytesIn(events).toString()).toBe(Array.from({ length: 50 }, (_, i) => `${i + 1}\n`).join(''))
    const output = events.filter(({ event }) => event === 'output')
    expect(output.length).toBeGreaterThan(5)
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { state: 'succeeded' } })
  }, 60_000)

  it('make one run of requests with one key through two doors', async () => {
    const request = { language: 'bash', source: 'echo once' }
    const doors = ['api-1', 'api-2', 'api-1', 'api-2'].map((name) => cluster.node(name).client)
    const runs = await Promise.all(doors.map((client) => client.submit(request, { 'idempotency-key': 'the same' })))
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1)
  }, 60_000)

  it('carry a program of 10 MiB to its worker and back, past what a message may have', async () => {
    // Each of these bytes takes six in JSON.
    const content = '\u0001'.repeat(900_000)
    const files = ['a.txt', 'b.txt'].map((path) => ({ path, content }))
    const main = { path: 'main.sh', content: 'cat a.txt b.txt | wc -c' }
    const { client } = cluster.node('api-1')
    const view = await client.run({ language: 'bash', files: [main, ...files] })
    expect(view).toMatchObject({ state: 'succeeded', stdout: '1800000\n' })
    const { body } = await cluster.node('api-2').client.get<{ files: unknown[] }>(`/executions/${view.id}/program`)
    expect(body.files).toEqual([main, ...files])
  }, 60_000)

  it('give work to a node that comes within two seconds', async () => {
    const { client } = cluster.node('api-1')
    const request = { language: 'bash', source: 'sleep 20', args: ['nodes-new'] }
    const fill = await Promise.all(Array.from({ length: 5 }, () => client.submit(request)))
    for (const { id } of fill.slice(0, 4)) await client.until(id, ['running'])
    expect((await client.show(fill[4]!.id)).state).toBe('queued')
    const fresh = await cluster.start('runs-2')
    await eventually(() => expect(fresh.pid).toBeGreaterThan(0))
    const view = await client.until(fill[4]!.id, ['running'])
    expect(view.timeline.at(-1)?.node).toMatch(/^runs-2@/)
    for (const { id } of fill) await client.ask('POST', `/executions/${id}/cancel`)
    for (const { id } of fill) await client.ended(id)
    expect(await fresh.leave()).toBe(0)
  }, 60_000)

  it('tell of a door that leaves before it closes, and let the other serve on', async () => {
    const door = cluster.node('api-2')
    const waiting = door.client.ask('POST', '/executions?wait=1', { language: 'bash', source: 'sleep 0.5; echo end' })
    await eventually(async () => {
      const { body } = await cluster.node('api-1').client.get<{ items: unknown[] }>('/executions?state=running')
      expect(body.items).toHaveLength(1)
    })
    const left = door.leave()
    await eventually(async () => expect(await door.isReady()).toBe(false))
    expect((await waiting).body).toMatchObject({ state: 'succeeded', stdout: 'end\n' })
    expect(await left).toBe(0)
    expect(await cluster.node('api-1').client.run({ language: 'bash', source: 'true' })).toMatchObject({ exitCode: 0 })
    await door.restart()
    await ready(door)
  }, 60_000)
})
