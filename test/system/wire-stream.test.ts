import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '../eventually.ts'
import { randomOf, seeded } from '../random.ts'
import { Client } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'
import { bytesIn, readStream, type StreamEvent, type Until } from './sse.ts'

const SEED = Date.now() % 2 ** 32

let server: Greenroom
let client: Client

beforeAll(async () => {
  server = await startGreenroom()
  client = new Client(server.url)
})
afterAll(() => server.close())

const stream = (id: string, lastEventId?: string, until?: Until) =>
  readStream(`${server.url}/api/v1/executions/${id}/stream`, lastEventId ?? null, until)

const names = (events: StreamEvent[]) => events.map(({ event, data }) => (event === 'state' ? data.state : event))

/** Both streams by turns, with characters of every width and bytes that are none. */
const mixed = `
import sys, time
for i in range(12):
    sys.stdout.write(f"öut {i} 漢🎉\\n"); sys.stdout.flush()
    sys.stderr.write(f"err {i}\\n"); sys.stderr.flush()
    if i == 6: sys.stdout.buffer.write(bytes(range(256))); sys.stdout.flush()
    time.sleep(0.03)`
const mixedOut = Buffer.concat(
  Array.from({ length: 12 }, (_, i) => [
    Buffer.from(`öut ${i} 漢🎉\n`),
    ...(i === 6 ? [Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))] : []),
  ]).flat(),
)
const mixedErr = Buffer.from(Array.from({ length: 12 }, (_, i) => `err ${i}\n`).join(''))

describe('the stream of a run', () => {
  it('tells every state, all output in between, and the run at its end; then the server closes it', async () => {
    const { id } = await client.submit({ language: 'python', source: mixed })
    const { status, events, closedByServer } = await stream(id)
    expect({ status, closedByServer }).toEqual({ status: 200, closedByServer: true })
    expect(names(events).filter((name) => name !== 'output')).toEqual([
      'queued',
      'scheduled',
      'running',
      'succeeded',
      'end',
    ])
    const at = names(events)
    expect(at.indexOf('output')).toBeGreaterThan(at.indexOf('running'))
    expect(at.lastIndexOf('output')).toBeLessThan(at.indexOf('succeeded'))
    expect(bytesIn(events).equals(mixedOut)).toBe(true)
    expect(bytesIn(events, 'stderr').equals(mixedErr)).toBe(true)
    expect(events.at(-1)).toMatchObject({ event: 'end', data: await client.show(id) })
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length)
  })

  it('gives text where it is UTF-8 and base64 where it is not, and never cuts a character', async () => {
    const { id } = await client.submit({ language: 'python', source: mixed })
    const output = (await stream(id)).events.filter(({ event }) => event === 'output')
    for (const { data } of output) {
      expect(['stdout', 'stderr']).toContain(data.stream)
      expect(Number.isInteger(data.offset)).toBe(true)
      expect(['text', 'base64'].filter((field) => field in data)).toHaveLength(1)
      expect(String(data.text ?? '')).not.toContain('\ufffd')
    }
    expect(output.some(({ data }) => 'base64' in data)).toBe(true)
    expect(output.some(({ data }) => 'text' in data)).toBe(true)
  })

  it('is told live, not at the end', async () => {
    const { id } = await client.submit({ language: 'bash', source: 'echo now; sleep 600' })
    const { events, closedByServer } = await stream(id, undefined, { event: ({ event }) => event === 'output' })
    expect((await client.show(id)).state).toBe('running')
    expect({ closedByServer, text: events.at(-1)?.data.text }).toEqual({ closedByServer: false, text: 'now\n' })
    await client.ask('POST', `/executions/${id}/cancel`)
    expect(names((await stream(id)).events).slice(-3)).toEqual(['output', 'cancelled', 'end'])
  })

  it('is whole for whoever comes late, and the same for everybody', async () => {
    const { id } = await client.run({ language: 'python', source: mixed })
    const late = await Promise.all([stream(id), stream(id), stream(id)])
    for (const { events } of late) expect(events).toEqual(late[0]!.events)
    expect(bytesIn(late[0]!.events).equals(mixedOut)).toBe(true)
  })

  it('goes on after any of its ids with exactly the rest, by header or by parameter', async () => {
    const { id } = await client.run({ language: 'python', source: mixed })
    const { events } = await stream(id)
    for (const [at, event] of events.entries()) {
      const rest = await stream(id, event.id)
      expect({ after: event.id, status: rest.status, events: rest.events }).toEqual({
        ...{ after: event.id, status: at === events.length - 1 ? 204 : 200, events: events.slice(at + 1) },
      })
    }
    const address = `${server.url}/api/v1/executions/${id}/stream?lastEventId=${events[3]!.id}`
    expect((await readStream(address)).events).toEqual(events.slice(4))
  })

  it('answers 204 after the id of its end, so that a browser does not come back', async () => {
    const { id } = await client.run({ language: 'bash', source: 'true' })
    const end = (await stream(id)).events.at(-1)!
    expect(await stream(id, end.id)).toMatchObject({ status: 204, events: [] })
  })

  it(`loses and repeats nothing however often its connection is cut (seed ${SEED})`, () =>
    seeded(async () => {
      const random = randomOf(SEED)
      const readers = Array.from({ length: 6 }, async () => {
        const { id } = await client.submit({ language: 'python', source: mixed })
        const seen: StreamEvent[] = []
        while (seen.at(-1)?.event !== 'end') {
          const until = { bytes: 1 + random.below(random.pick([60, 400, 3000])) }
          seen.push(...(await stream(id, seen.at(-1)?.id, until)).events)
          if (random.chance(0.3)) await pause(random.below(60))
        }
        expect(seen).toEqual((await stream(id)).events)
        expect(bytesIn(seen).equals(mixedOut)).toBe(true)
        expect(bytesIn(seen, 'stderr').equals(mixedErr)).toBe(true)
      })
      await Promise.all(readers)
    }, SEED))

  it('goes on where it was when the server starts again', async () => {
    const { id } = await client.run({ language: 'python', source: mixed })
    const { events } = await stream(id)
    await server.restart()
    expect((await stream(id, events[4]!.id)).events).toEqual(events.slice(5))
  })

  it('of megabytes is whole', async () => {
    const source = 'import sys\nfor i in range(30000): print(i, "x" * 90)'
    const { id } = await client.submit({ language: 'python', source, limits: { outputBytes: 2 ** 23 } })
    const { events } = await stream(id)
    const whole = await client.output(id)
    expect(whole.length).toBeGreaterThan(2_700_000)
    expect(bytesIn(events).equals(whole)).toBe(true)
  })

  it('says its type, is not cached and tells when to come back', async () => {
    const { id } = await client.run({ language: 'bash', source: 'true' })
    const answer = await client.get(`/executions/${id}/stream`)
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(answer.headers.get('cache-control')).toMatch(/no-cache/)
    expect(answer.bytes.toString()).toMatch(/^retry: \d+\n\n/)
  })

  it.each(['x', '1', '1.2', '-1.0.0', '1.2.3.ende', '1e3.0.0', '99999999.0.0', ' ', '1.2.3\u00e4'])(
    'refuses the id %j, which it has never sent',
    async (id) => {
      const run = await client.run({ language: 'bash', source: 'true' })
      const answer = await client.refused('GET', `/executions/${run.id}/stream?lastEventId=${encodeURIComponent(id)}`)
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: 'Last-Event-ID' }] } })
    },
  )

  it.each(['999.1.1', '3.9.0', '3.1.999999', '0.1.5', '0.0.0.end'])(
    'survives the id %s, which only looks like one of its own',
    async (id) => {
      const run = await client.run({ language: 'bash', source: 'echo x' })
      const answer = await stream(run.id, id)
      expect([200, 204, 422]).toContain(answer.status)
      expect(answer.closedByServer).toBe(true)
    },
  )

  it('leaves nothing open when readers go away', async () => {
    const { id } = await client.submit({ language: 'bash', source: 'sleep 600' })
    await Promise.all(
      Array.from({ length: 20 }, () => stream(id, undefined, { event: ({ data }) => data.state === 'running' })),
    )
    await client.until(id, ['running'])
    await client.ask('POST', `/executions/${id}/cancel`)
    await client.ended(id)
    await eventually(async () => {
      const { bytes } = await client.get('//metrics')
      expect(bytes.toString()).toMatch(/^greenroom_open_streams 0$/m)
    })
  })
})
