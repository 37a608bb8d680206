import { eventually } from '../eventually.ts'
import { alive } from './alive.ts'
import { Client } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'

// Of a promise of one second: a busy machine is slow, but nothing waits for the end of what was cancelled.
const SOON_MS = 20_000

let server: Greenroom
let client: Client

beforeAll(async () => {
  server = await startGreenroom({ env: { GREENROOM_SLOTS: '2' } })
  client = new Client(server.url)
})
afterAll(() => server.close())

let count = 0
const marker = () => `marker-${process.pid}-${count++}`
const stubborn = `
trap '' TERM INT HUP
for i in 1 2 3; do (trap '' TERM; exec -a "$1" sleep 300) & done
setsid bash -c 'trap "" TERM; exec -a "$0" sleep 300' "$1" &
echo ready; wait`

/** Cancels, and tells how long it took until the run had ended. */
const cancel = async (id: string) => {
  const began = performance.now()
  const { status } = await client.ask('POST', `/executions/${id}/cancel`)
  const view = await client.until(id, ['cancelled', 'succeeded', 'failed', 'timed_out'])
  return { status, view, took: performance.now() - began }
}

describe('cancelling', () => {
  it('ends a running program soon, with everything that it started, and keeps its output', async () => {
    const mark = marker()
    const { id } = await client.submit({ language: 'bash', source: stubborn, args: [mark] })
    await client.untilPrinted(id, 'ready')
    await eventually(() => expect(alive(mark).length).toBeGreaterThanOrEqual(5))
    const { status, view, took } = await cancel(id)
    expect(status).toBe(202)
    expect(took).toBeLessThan(SOON_MS)
    expect(view).toMatchObject({ state: 'cancelled', cause: 'cancelled', stdout: 'ready\n', exceeded: null })
    expect(view).toMatchObject({ usage: { wallMs: expect.any(Number) }, message: 'Cancelled.' })
    expect(view.timeline.map((hop) => hop.event)).toEqual(['queued', 'scheduled', 'running', 'cancelling', 'cancelled'])
    await eventually(() => expect(alive(mark)).toEqual([]), SOON_MS)
  })

  it('ends one that spins, one that waits for input and one that floods', async () => {
    const sources = ['while True: pass', 'input()', 'while True: print("x" * 1000)', 'import time; time.sleep(600)']
    for (const source of sources) {
      const { id } = await client.submit({
        language: 'python',
        source,
        interactive: true,
        limits: { outputBytes: 2 ** 28 },
      })
      await client.until(id, ['running'])
      expect(await cancel(id)).toMatchObject({ status: 202, view: { state: 'cancelled' } })
    }
  })

  it('ends a run at any moment after it was accepted: queued, scheduled or just starting', async () => {
    for (let delay = 0; delay < 60; delay += 4) {
      const mark = marker()
      const { id } = await client.submit({ language: 'bash', source: 'sleep 600', args: [mark] })
      await new Promise((resolve) => setTimeout(resolve, delay))
      const { status, view, took } = await cancel(id)
      expect({ delay, status, state: view.state, cause: view.cause }).toEqual({
        delay,
        status: 202,
        state: 'cancelled',
        cause: 'cancelled',
      })
      expect(took).toBeLessThan(SOON_MS)
      await eventually(() => expect(alive(mark)).toEqual([]), SOON_MS)
    }
  })

  it('ends one that waits in line, which then never starts', async () => {
    const busy = [(await client.hold()).id, (await client.hold()).id]
    const { id, state } = await client.submit({ language: 'bash', source: 'echo never' })
    expect(state).toBe('queued')
    const { view } = await cancel(id)
    expect(view).toMatchObject({ state: 'cancelled', startedAt: null, usage: null, waiting: null, stdout: '' })
    await client.release(...busy)
    for (const other of busy) expect(await client.ended(other)).toMatchObject({ state: 'succeeded' })
    expect((await client.show(id)).timeline.map((hop) => hop.event)).toEqual(['queued', 'cancelled'])
  })

  it('asked for many times at once ends it once', async () => {
    const { id } = await client.submit({ language: 'bash', source: 'sleep 600' })
    await client.until(id, ['running'])
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.ask('POST', `/executions/${id}/cancel`)))
    expect(answers.every(({ status }) => status === 202 || status === 409)).toBe(true)
    const { timeline } = await client.ended(id)
    expect(timeline.filter((hop) => hop.event === 'cancelled')).toHaveLength(1)
  })

  it.each([
    ['true', 'succeeded', 60_000],
    ['exit 3', 'failed', 60_000],
    ['sleep 600', 'timed_out', 500],
  ])('what has ended gets 409 with its state: %s', async (source, state, wallMs) => {
    const { id } = await client.run({ language: 'bash', source, limits: { wallMs } })
    const answer = await client.refused('POST', `/executions/${id}/cancel`)
    expect(answer).toMatchObject({
      status: 409,
      body: { state, detail: expect.stringContaining(state), type: 'urn:greenroom:execution-ended' },
    })
    expect(await client.show(id)).toMatchObject({ state })
  })
})

describe('retrying', () => {
  it('runs the same program again as a new run, linked to the first', async () => {
    const request = {
      language: 'bash',
      source: 'cat; echo $1 $X; exit 3',
      stdin: 'in ',
      args: ['a'],
      env: { X: 'y' },
      labels: { l: '1' },
      limits: { wallMs: 40_000 },
      priority: 'high',
    }
    const first = await client.run(request)
    const answer = await client.ask('POST', `/executions/${first.id}/retry`)
    expect(answer).toMatchObject({ status: 202, body: { retryOf: first.id, attempt: 1 } })
    expect(answer.headers.get('location')).toBe(`/api/v1/executions/${answer.body.id}`)
    const second = await client.ended(String(answer.body.id))
    const same = ['language', 'version', 'exitCode', 'cause', 'stdout', 'limits', 'labels', 'priority'] as const
    for (const field of same) expect({ [field]: second[field] }).toEqual({ [field]: first[field] })
    expect(second.id).not.toBe(first.id)
    const third = await client.ask('POST', `/executions/${second.id}/retry`)
    expect(third.body).toMatchObject({ retryOf: second.id })
    await client.ended(String(third.body.id))
  })

  it('makes a run each time, whatever key the first was submitted with', async () => {
    const first = await client.submit({ language: 'bash', source: 'true' }, { 'Idempotency-Key': 'retried' })
    await client.ended(first.id)
    const retries = [1, 2].map(() => client.ask('POST', `/executions/${first.id}/retry`))
    expect(new Set((await Promise.all(retries)).map(({ body }) => body.id)).size).toBe(2)
  })

  it('makes one run however often it is asked with one key', async () => {
    const first = await client.run({ language: 'bash', source: 'true' })
    const other = await client.run({ language: 'bash', source: 'true' })
    const retry = (id: string) =>
      client.ask('POST', `/executions/${id}/retry`, undefined, { 'Idempotency-Key': 'once' })
    const [one, two] = await Promise.all([retry(first.id), retry(first.id)])
    expect([one.status, two.body.id]).toEqual([202, one.body.id])
    expect((await retry(first.id)).body).toMatchObject({ id: one.body.id, retryOf: first.id })
    expect(await retry(other.id)).toMatchObject({ status: 409, body: { type: 'urn:greenroom:idempotency-conflict' } })
  })

  it('what has not ended gets 409 with its state', async () => {
    const { id } = await client.submit({ language: 'bash', source: 'sleep 600' })
    await client.until(id, ['running'])
    expect(await client.refused('POST', `/executions/${id}/retry`)).toMatchObject({
      status: 409,
      body: { state: 'running' },
    })
    await cancel(id)
  })
})

describe('deleting', () => {
  it('removes an ended run with its output, for good', async () => {
    const { id } = await client.run({ language: 'bash', source: 'echo gone' })
    const answer = await client.ask('DELETE', `/executions/${id}`)
    expect({ status: answer.status, bytes: answer.bytes.length }).toEqual({ status: 204, bytes: 0 })
    for (const path of ['', '/output', '/stream', '/program'])
      expect((await client.get(`/executions/${id}${path}`)).status).toBe(404)
    for (const [method, path] of [
      ['DELETE', ''],
      ['POST', '/cancel'],
      ['POST', '/retry'],
    ])
      expect((await client.ask(method!, `/executions/${id}${path}`)).status).toBe(404)
  })

  it('what has not ended gets 409 with its state, and goes on', async () => {
    const { id } = await client.hold({ source: 'read; echo whole' })
    await client.until(id, ['running'])
    expect(await client.refused('DELETE', `/executions/${id}`)).toMatchObject({
      status: 409,
      body: { state: 'running' },
    })
    await client.release(id)
    expect(await client.ended(id)).toMatchObject({ stdout: 'whole\n' })
  })
})
