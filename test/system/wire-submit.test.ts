import { Client } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const FIELDS = [
  ...['id', 'state', 'cause', 'language', 'version', 'exitCode', 'signal', 'attempt', 'retryOf', 'createdAt'],
  ...['startedAt', 'finishedAt', 'stdout', 'stderr', 'outputBytes', 'truncated', 'usage', 'limits', 'exceeded'],
  ...['message', 'waiting', 'timeline', 'labels'],
]

let server: Greenroom
let client: Client

beforeAll(async () => {
  server = await startGreenroom()
  client = new Client(server.url)
})
afterAll(() => server.close())

describe('submitting a run', () => {
  it('answers 202 with the run and where to find it, before it has ended', async () => {
    const held = { language: 'bash', source: 'read; echo done', interactive: true }
    const answer = await client.ask('POST', '/executions', held)
    expect(answer.status).toBe(202)
    expect(answer.headers.get('location')).toBe(`/api/v1/executions/${answer.body.id}`)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/)
    expect(Object.keys(answer.body)).toEqual(expect.arrayContaining(FIELDS))
    expect(answer.body).toMatchObject({
      state: expect.stringMatching(/^(queued|scheduled|running)$/),
      ...{ cause: null, exitCode: null, signal: null, attempt: 1, retryOf: null, finishedAt: null },
      ...{ stdout: '', stderr: '', usage: null, exceeded: null, labels: {} },
      ...{ createdAt: expect.stringMatching(ISO), outputBytes: { stdout: 0, stderr: 0 } },
      truncated: { stdout: false, stderr: false },
    })
    const found = await client.get(answer.headers.get('location')!.replace('/api/v1', ''))
    expect(found.body.id).toBe(answer.body.id)
    await client.release(String(answer.body.id))
    expect(await client.ended(String(answer.body.id))).toMatchObject({ state: 'succeeded', stdout: 'done\n' })
  })

  it('tells everything about a run that has ended', async () => {
    const view = await client.run({
      language: 'python',
      source: 'import sys; print("out"); print("err", file=sys.stderr)',
    })
    expect(view).toMatchObject({
      ...{
        state: 'succeeded',
        cause: 'exit',
        language: 'python',
        exitCode: 0,
        signal: null,
        attempt: 1,
        retryOf: null,
      },
      ...{ stdout: 'out\n', stderr: 'err\n', outputBytes: { stdout: 4, stderr: 4 }, exceeded: null, waiting: null },
      ...{ createdAt: expect.stringMatching(ISO), startedAt: expect.stringMatching(ISO) },
      ...{ finishedAt: expect.stringMatching(ISO), message: expect.stringMatching(/^[A-Z].*\.$/) },
      truncated: { stdout: false, stderr: false },
    })
    expect(view.version).toMatch(/^3\.\d+\.\d+$/)
    expect(Object.keys(view.usage ?? {}).sort()).toEqual([
      ...['cpuSystemMs', 'cpuUserMs', 'memoryPeakBytes', 'processesPeak', 'wallMs'],
    ])
    expect(Object.keys(view.limits).sort()).toEqual([
      ...['cpuMs', 'diskBytes', 'memoryBytes', 'outputBytes', 'processes', 'wallMs'],
    ])
    expect(view.usage!.wallMs).toBeGreaterThan(0)
    expect(view.usage!.memoryPeakBytes).toBeGreaterThan(1_000_000)
    expect(view.usage!.processesPeak).toBeGreaterThanOrEqual(1)
    expect(Object.keys((await client.show(view.id)) ?? {})).toEqual(expect.arrayContaining(FIELDS))
  })

  it('keeps a timeline of every state with its node and attempt, in order of time', async () => {
    const { timeline } = await client.run({ language: 'bash', source: 'true' })
    expect(timeline.map((hop) => hop.event)).toEqual(['queued', 'scheduled', 'running', 'succeeded'])
    expect(timeline.map((hop) => hop.attempt)).toEqual([1, 1, 1, 1])
    expect(timeline.every((hop) => ISO.test(hop.at))).toBe(true)
    expect(timeline.map((hop) => hop.at)).toEqual(timeline.map((hop) => hop.at).toSorted())
    expect(timeline.slice(2).every((hop) => typeof hop.node === 'string' && hop.node.length > 0)).toBe(true)
    for (const hop of timeline) expect(Object.keys(hop).sort()).toEqual(['at', 'attempt', 'event', 'node'])
  })

  it('gives ids that sort by creation', async () => {
    const ids: string[] = []
    for (let i = 0; i < 20; i++) ids.push((await client.submit({ language: 'bash', source: 'true' })).id)
    expect(ids).toEqual(ids.toSorted())
    expect(new Set(ids).size).toBe(20)
    await client.ended(ids.at(-1)!)
  })
})

describe('waiting for the end while submitting', () => {
  it('answers 200 with the end when it comes in time, and says where the run is all the same', async () => {
    const answer = await client.ask('POST', '/executions?wait=20', { language: 'bash', source: 'echo $((6*7))' })
    expect(answer).toMatchObject({ status: 200, body: { state: 'succeeded', stdout: '42\n' } })
    expect(answer.headers.get('location')).toBe(`/api/v1/executions/${answer.body.id}`)
  })

  it('answers 202 when the time is over first, and the run goes on', async () => {
    const began = performance.now()
    const held = { language: 'bash', source: 'read; echo late', interactive: true }
    const answer = await client.ask('POST', '/executions?wait=0.5', held)
    expect(answer).toMatchObject({
      status: 202,
      body: { state: expect.stringMatching(/^(scheduled|running)$/), finishedAt: null },
    })
    expect(performance.now() - began).toBeGreaterThan(450)
    await client.release(String(answer.body.id))
    expect(await client.ended(String(answer.body.id))).toMatchObject({ state: 'succeeded', stdout: 'late\n' })
  })

  it('answers 202 at once for a wait of 0', async () => {
    const held = { language: 'bash', source: 'read', interactive: true }
    const answer = await client.ask('POST', '/executions?wait=0', held)
    expect(answer.status).toBe(202)
    await client.release(String(answer.body.id))
    await client.ended(String(answer.body.id))
  })

  it.each(['-1', '61', '60.01', 'x', '', '1e1', 'Infinity', 'NaN', '0x10', '1&wait=2', ' 5'])(
    'refuses the wait %j, naming it, and accepts nothing',
    async (wait) => {
      const before = (await client.get<{ items: unknown[] }>('/executions?limit=200')).body.items.length
      const answer = await client.refused('POST', `/executions?wait=${wait}`, { language: 'bash', source: 'true' })
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: 'wait' }] } })
      const after = (await client.get<{ items: unknown[] }>('/executions?limit=200')).body.items.length
      expect(after).toBe(before)
    },
  )

  it('refuses any other parameter, so that a misspelt one is never ignored', async () => {
    const answer = await client.refused('POST', '/executions?wiat=5', { language: 'bash', source: 'true' })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: 'wiat' }] } })
  })
})
