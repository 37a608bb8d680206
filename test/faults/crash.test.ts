import { setTimeout as pause } from 'node:timers/promises'
import { dose } from '../dose.ts'
import { eventually } from '../eventually.ts'
import { type Random, randomOf, seeded } from '../random.ts'
import { alive } from '../system/alive.ts'
import { Client, type Page } from '../system/client.ts'
import { type Greenroom, startGreenroom } from '../system/greenroom.ts'
import { bytesIn, readStream, type StreamEvent } from '../system/sse.ts'
import { cgroupsOf } from './cgroups.ts'
import { type Accepted, Load } from './load.ts'

const SEED = Date.now() % 2 ** 32
const ROUNDS = 6 * dose
const FINAL = ['succeeded', 'failed', 'timed_out', 'cancelled']

let server: Greenroom
let client: Client

beforeAll(async () => {
  server = await startGreenroom({ env: { GREENROOM_SLOTS: '4', GREENROOM_QUEUE_LIMIT: '100000' } })
  client = new Client(server.url)
})
afterAll(() => server.close())

/** Nothing that the killed server has started may outlive it for more than a moment. */
const crash = async (mark: string) => {
  const { pid } = server
  await server.kill9()
  await eventually(() => expect(alive(mark)).toEqual([]), 20_000)
  return pid
}

/** Some crashes come while the server is still on its way back from the last one. */
const comeBack = async (random: Random) => {
  while (random.chance(0.3)) {
    const coming = server.restart().catch(() => undefined)
    await pause(100 + random.below(1500))
    await server.kill9()
    await coming
  }
  await server.restart()
}

const mustBeTruthful = async ({ id, retries, truth, seen }: Accepted) => {
  const view = await client.ended(id, 120_000)
  const output = (await client.output(id)).toString()
  const ends = view.timeline.filter((hop) => FINAL.includes(hop.event))
  expect({ id, ends }).toEqual({ id, ends: [view.timeline.at(-1)] })
  expect(truth.startsWith(output)).toBe(true)
  if (view.cause === 'exit') {
    expect({ id, state: view.state, whole: output === truth }).toEqual({ id, state: 'succeeded', whole: true })
    return
  }
  const { state, cause, attempt } = view
  expect({ id, state, cause, attempt }).toEqual({ id, state: 'failed', cause: 'infrastructure', attempt: retries + 1 })
  expect(view.message).toMatch(/^Greenroom failed, not the program/)
  if (retries === 0) expect(output.startsWith(seen)).toBe(true)
  expect(view.outputBytes.stdout).toBe(Buffer.byteLength(output))
}

const everyRun = async () => {
  const items: Page['items'] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body }: { body: Page } = await client.get<Page>(`/executions?limit=200${cursor && `&cursor=${cursor}`}`)
    items.push(...body.items)
    cursor = body.next
  }
  return items
}

describe('a server that is killed', () => {
  it(
    `at ${ROUNDS} moments under load loses nothing that it has accepted (seed ${SEED})`,
    () =>
      seeded(async () => {
        const random = randomOf(SEED)
        const accepted: Accepted[] = []
        const killed: number[] = []
        for (let round = 0; round < ROUNDS; round++) {
          const mark = `crash-${process.pid}-${round}-`
          const load = new Load(client, random, mark)
          await eventually(() => expect(load.accepted.length).toBeGreaterThan(1))
          await pause(30 + random.below(1200))
          killed.push(await crash(mark))
          accepted.push(...(await load.stop()))
          await comeBack(random)
        }
        expect(accepted.length).toBeGreaterThan(ROUNDS)
        for (const run of accepted) await mustBeTruthful(run)
        // Some were accepted while their answer was lost with the server.
        await eventually(async () => {
          const { body } = await client.get<Page>('/executions?state=queued,scheduled,running')
          expect(body.items).toEqual([])
        })
        const all = await everyRun()
        const ids = new Set(all.map(({ id }) => id))
        expect(accepted.filter(({ id }) => !ids.has(id))).toEqual([])
        for (const pid of killed) expect(cgroupsOf(pid)).toEqual([])
        const { body } = await client.get<{ queue: object }>('//health')
        expect(body.queue).toMatchObject({ length: 0, running: 0 })
      }, SEED),
    240_000 * dose,
  )

  it('starts what waited, fails what ran, and repeats what may be repeated', async () => {
    // It goes on only when the test lets it, after the crash.
    const held = { language: 'bash', source: 'echo begin; read; echo end', interactive: true, args: ['crash-plain'] }
    const request = (more: object) => ({ ...held, ...more })
    const plain = await client.submit(request({}))
    const retried = await client.submit(request({ retries: 1 }))
    const fill = [await client.submit(request({ retries: 1 })), await client.submit(request({ retries: 1 }))]
    for (const { id } of [plain, retried, ...fill]) await client.untilPrinted(id, 'begin')
    const waits = await client.submit(request({}))
    expect((await client.show(waits.id)).state).toBe('queued')
    await crash('crash-plain')
    await server.restart()
    const failed = await client.ended(plain.id)
    expect(failed).toMatchObject({
      state: 'failed',
      cause: 'infrastructure',
      attempt: 1,
      stdout: 'begin\n',
      exitCode: null,
    })
    expect(failed.outputBytes).toEqual({ stdout: 6, stderr: 0 })
    await client.release(...[retried, ...fill, waits].map(({ id }) => id))
    for (const { id } of [retried, ...fill]) {
      const view = await client.ended(id)
      expect(view).toMatchObject({ state: 'succeeded', attempt: 2, stdout: 'begin\nend\n' })
      expect(view.timeline.map((hop) => hop.event)).toContain('attempt 1 lost')
    }
    expect(await client.ended(waits.id)).toMatchObject({ state: 'succeeded', attempt: 1, stdout: 'begin\nend\n' })
  })

  it('tells a reader who comes back the rest of the lost attempt, and then the next one from its beginning', async () => {
    const source = 'for i in {1..10}; do echo $i; done; read; for i in {11..30}; do echo $i; done'
    const held = { language: 'bash', source, interactive: true, args: ['crash-read'], retries: 1 }
    const { id } = await client.submit(held)
    const address = `${server.url}/api/v1/executions/${id}/stream`
    const first = (await readStream(address, null, { event: ({ event }) => event === 'output' })).events
    await crash('crash-read')
    await server.restart()
    await client.release(id)
    const { events, closedByServer } = await readStream(address, first.at(-1)!.id)
    expect(closedByServer).toBe(true)
    const [before, after] = attempts([...first, ...events])
    const truth = Array.from({ length: 30 }, (_, i) => `${i + 1}\n`).join('')
    expect(truth.startsWith(bytesIn(before!).toString())).toBe(true)
    expect(bytesIn(before!).length).toBeGreaterThan(0)
    expect(bytesIn(after!).toString()).toBe(truth)
  })
})

/** The events from every start of an attempt to the next. */
const attempts = (events: StreamEvent[]): StreamEvent[][] => {
  const starts = events.flatMap(({ data }, at) => (data.event === 'running' ? [at] : []))
  return starts.map((at, i) => events.slice(at, starts[i + 1]))
}
