import { eventually } from '../eventually.ts'
import { Client } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'

let server: Greenroom
let client: Client

beforeAll(async () => {
  server = await startGreenroom()
  client = new Client(server.url)
})
afterAll(() => server.close())

describe('health and metrics', () => {
  it('tell whether it lives, whether it can take runs, and everything an operator asks first', async () => {
    expect(await client.get('//health/live')).toMatchObject({ status: 200, body: { status: 'ok' } })
    expect(await client.get('//health/ready')).toMatchObject({ status: 200, body: { status: 'ready' } })
    const { status, body } = await client.get('//health')
    expect({ status, ...body }).toMatchObject({
      ...{ status: 'ready', version: expect.any(String), node: expect.any(String), uptimeMs: expect.any(Number) },
      memory: { rssBytes: expect.any(Number) },
      queue: { length: 0, running: 0, slots: expect.any(Number), limit: 1000 },
    })
    expect((body as { isolation: { checks: { ok: boolean }[] } }).isolation.checks.every(({ ok }) => ok)).toBe(true)
  })

  it('count every run once by language, state and cause', async () => {
    const count = async () =>
      /ended_total\{language="bash",state="failed",cause="exit"\} (\d+)/.exec(
        (await client.get('//metrics')).bytes.toString(),
      )?.[1] ?? '0'
    const before = Number(await count())
    for (let i = 0; i < 3; i++) await client.run({ language: 'bash', source: 'exit 1' })
    await eventually(async () => expect(Number(await count())).toBe(before + 3))
    const answer = await client.get('//metrics')
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
  })
})
