import { eventually } from '../eventually.ts'
import { describeOn } from '../servers/describe-on.ts'
import type { Page } from './client.ts'
import { type Cluster, ready, startCluster } from './cluster.ts'
import { bytesIn, readStream, type StreamEvent } from './sse.ts'

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
  })
  afterAll(() => cluster?.close())

  it('run a program to its end, whichever door it came through', async () => {
    for (const name of ['api-1', 'api-2']) {
      const view = await cluster.node(name).client.run({ language: 'bash', source: 'echo $1', args: [name] })
      expect(view).toMatchObject({ state: 'succeeded', stdout: `${name}\n` })
      expect(view.timeline.find(({ event }) => event === 'running')?.node).toMatch(/^runs-1@/)
    }
  })

  it('stream a run through one door that was submitted through another', async () => {
    const { client } = cluster.node('api-1')
    // It goes on when the reader has seen what it printed last.
    const source = 'for i in {1..6}; do echo $i; read; done'
    const { id } = await client.submit({ language: 'bash', source, interactive: true })
    const event = ({ event }: StreamEvent) => {
      if (event === 'output') void client.ask('POST', `/executions/${id}/stdin`, { content: 'go on\n' })
      return false
    }
    const address = `${cluster.node('api-2').url}/api/v1/executions/${id}/stream`
    const { events, closedByServer } = await readStream(address, null, { event })
    expect(closedByServer).toBe(true)
    expect(bytesIn(events).toString()).toBe('1\n2\n3\n4\n5\n6\n')
    expect(events.filter(({ event }) => event === 'output')).toHaveLength(6)
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { state: 'succeeded' } })
  })

  it('make one run of requests with one key through two doors', async () => {
    const request = { language: 'bash', source: 'echo once' }
    const doors = ['api-1', 'api-2', 'api-1', 'api-2'].map((name) => cluster.node(name).client)
    const runs = await Promise.all(doors.map((client) => client.submit(request, { 'idempotency-key': 'the same' })))
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1)
    expect(await doors[0]!.ended(runs[0]!.id)).toMatchObject({ state: 'succeeded', stdout: 'once\n' })
  })

  it('carry a program of 10 MiB to its worker and back, past what a message may have', async () => {
    // Each of these bytes takes six in JSON.
    const content = '\u0001'.repeat(900_000)
    const files = ['a.txt', 'b.txt'].map((path) => ({ path, content }))
    const main = { path: 'main.sh', content: 'cat a.txt b.txt | wc -c' }
    const { client } = cluster.node('api-1')
    const view = await client.run({ language: 'bash', files: [main, ...files] })
    const { state, message, stdout } = view
    expect({ state, message, stdout }).toMatchObject({ state: 'succeeded', stdout: '1800000\n' })
    const { body } = await cluster.node('api-2').client.get<{ files: unknown[] }>(`/executions/${view.id}/program`)
    expect(body.files).toEqual([main, ...files])
  })

  it('give work to a node as soon as it has come', async () => {
    const { client } = cluster.node('api-1')
    const full: string[] = []
    for (let slot = 0; slot < 4; slot++) {
      const { id } = await client.hold()
      full.push(id)
      expect((await client.until(id, ['running'])).timeline.at(-1)?.node).toMatch(/^runs-1@/)
    }
    const { id: waits } = await client.hold()
    expect((await client.show(waits)).state).toBe('queued')
    const fresh = await cluster.start('runs-2')
    expect((await client.until(waits, ['running'])).timeline.at(-1)?.node).toMatch(/^runs-2@/)
    await client.release(waits, ...full)
    for (const id of [waits, ...full]) expect(await client.ended(id)).toMatchObject({ state: 'succeeded' })
    expect(await fresh.leave()).toBe(0)
  })

  it('tell of a door that leaves before it closes, and let the other serve on', async () => {
    const door = cluster.node('api-2')
    const { client } = cluster.node('api-1')
    const request = { language: 'bash', source: 'read; echo end', interactive: true, labels: { test: 'leaving' } }
    const waiting = door.client.ask('POST', '/executions?wait=60', request)
    let id = ''
    await eventually(async () => {
      const { body } = await client.get<Page>('/executions?state=running&label=test=leaving')
      id = body.items[0]?.id ?? ''
      expect(id).not.toBe('')
    })
    const left = door.leave()
    await eventually(async () => expect(await door.isReady()).toBe(false))
    await client.release(id)
    expect((await waiting).body).toMatchObject({ state: 'succeeded', stdout: 'end\n' })
    expect(await left).toBe(0)
    expect(await client.run({ language: 'bash', source: 'true' })).toMatchObject({ exitCode: 0 })
    await door.restart()
    await ready(door)
  })
})
