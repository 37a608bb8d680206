import { eventually } from '../eventually.ts'
import { Client } from '../system/client.ts'
import { type Greenroom, startGreenroom } from '../system/greenroom.ts'

let server: Greenroom
let client: Client

beforeAll(async () => {
  server = await startGreenroom({ env: { GREENROOM_SLOTS: '2', GREENROOM_DRAIN_MS: '4000' } })
  client = new Client(server.url)
})
afterAll(() => server.close())

const events = async (id: string) => (await client.show(id)).timeline.map((hop) => hop.event)

const going = async () =>
  (await client.get<{ items: { id: string }[] }>('/executions?state=queued,scheduled,running')).body.items

describe('a server that is asked to stop', () => {
  it('lets short runs end, hands long ones back, keeps the line, and goes on with all of them', async () => {
    const short = await client.submit({ language: 'bash', source: 'echo begin; sleep 0.8; echo end' })
    const long = await client.submit({
      language: 'bash',
      source: 'echo begin; read; echo end',
      interactive: true,
      args: ['drain-long'],
    })
    for (const { id } of [short, long]) await client.untilPrinted(id, 'begin')
    const waits = await client.submit({ language: 'bash', source: 'echo waited' })
    expect(await server.stop()).toBe(0)
    await server.restart()
    await client.release(long.id)
    expect(await client.ended(short.id)).toMatchObject({ state: 'succeeded', attempt: 1, stdout: 'begin\nend\n' })
    expect(await client.ended(long.id)).toMatchObject({ state: 'succeeded', attempt: 2, stdout: 'begin\nend\n' })
    expect(await events(long.id)).toEqual([
      ...['queued', 'scheduled', 'running', 'handed back', 'queued', 'scheduled', 'running', 'succeeded'],
    ])
    expect(await client.ended(waits.id)).toMatchObject({ state: 'succeeded', attempt: 1, stdout: 'waited\n' })
    expect(await events(short.id)).toEqual(['queued', 'scheduled', 'running', 'succeeded'])
  })

  it('stops at once when nothing runs, even while readers and waiting requests are there', async () => {
    const waiting = await client.submit({ language: 'bash', source: 'true' })
    await client.ended(waiting.id)
    const began = performance.now()
    expect(await server.stop()).toBe(0)
    expect(performance.now() - began).toBeLessThan(30_000)
    await server.restart()
  })

  it('cuts off who follows or waits for a long run, and forgets neither the run nor its cancellation', async () => {
    const { id } = await client.submit({ language: 'bash', source: 'echo begin; sleep 600' })
    await client.untilPrinted(id, 'begin')
    const reader = fetch(`${server.url}/api/v1/executions/${id}/stream`)
      .then((response) => response.text())
      .catch(() => '')
    const waiter = client
      .ask('POST', '/executions?wait=60', { language: 'bash', source: 'sleep 600' })
      .catch(() => null)
    await eventually(async () => expect(await going()).toHaveLength(2))
    expect(await server.stop()).toBe(0)
    await Promise.all([reader, waiter])
    await server.restart()
    await client.until(id, ['running'])
    await client.ask('POST', `/executions/${id}/cancel`)
    expect(await client.ended(id)).toMatchObject({ state: 'cancelled', attempt: 2 })
    const items = await going()
    for (const item of items) await client.ask('POST', `/executions/${item.id}/cancel`)
    expect(items).toHaveLength(1)
  })
})
