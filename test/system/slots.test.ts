import { dose } from '../dose.ts'
import { eventually } from '../eventually.ts'
import { Client, type Problem } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'

type Queue = { length: number; running: number; slots: number; limit: number }

const withServer = async (env: Record<string, string>, work: (client: Client, server: Greenroom) => Promise<void>) => {
  const server = await startGreenroom({ env })
  try {
    await work(new Client(server.url), server)
  } finally {
    await server.close()
  }
}

const queue = async (client: Client) => (await client.get<{ queue: Queue }>('//health')).body.queue
const sleeps = (seconds: number, more: object = {}) => ({ language: 'bash', source: `sleep ${seconds}`, ...more })

/** Submits and waits until the run holds the only slot, which it does until it is released. */
const occupy = async (client: Client) => {
  const { id } = await client.hold()
  await client.until(id, ['running'])
  return id
}

/** When the runs have started, in their order. */
const startOrder = async (client: Client, ids: string[]) => {
  const views = []
  for (const id of ids) views.push(await client.ended(id))
  return views.toSorted((a, b) => (a.startedAt! < b.startedAt! ? -1 : 1)).map(({ labels }) => labels.name)
}

describe('a line that is full', () => {
  it('refuses one more with 429 and when to come back, keeps its word to the others, and takes more later', () =>
    withServer({ GREENROOM_SLOTS: '1', GREENROOM_QUEUE_LIMIT: '3' }, async (client) => {
      const first = await occupy(client)
      const accepted = []
      for (let i = 0; i < 3; i++) accepted.push(await client.submit(sleeps(0.1)))
      for (let i = 0; i < 5; i++) {
        const answer = await client.ask<Problem>('POST', '/executions', sleeps(0))
        expect(answer).toMatchObject({
          status: 429,
          body: { type: 'urn:greenroom:queue-full', status: 429, detail: expect.stringMatching(/3 runs/) },
        })
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
        expect(answer.headers.get('content-type')).toBe('application/problem+json')
      }
      const retried = await client.submit(sleeps(0)).catch(() => null)
      expect(retried).toBeNull()
      expect(await queue(client)).toMatchObject({ length: 3, running: 1, slots: 1, limit: 3 })
      await client.release(first)
      for (const { id } of accepted) expect(await client.ended(id)).toMatchObject({ state: 'succeeded' })
      expect(await client.run(sleeps(0))).toMatchObject({ state: 'succeeded' })
    }))

  it('takes exactly as many as it may when all come at once', () =>
    withServer({ GREENROOM_SLOTS: '1', GREENROOM_QUEUE_LIMIT: '5' }, async (client) => {
      const first = await occupy(client)
      const answers = await Promise.all(Array.from({ length: 20 }, () => client.ask('POST', '/executions', sleeps(0))))
      const count = (status: number) => answers.filter((answer) => answer.status === status).length
      expect({ taken: count(202), refused: count(429) }).toEqual({ taken: 5, refused: 15 })
      await client.cancel(first)
      for (const { body } of answers.filter(({ status }) => status === 202)) await client.ended(String(body.id))
      await eventually(async () => expect(await queue(client)).toMatchObject({ length: 0, running: 0 }))
    }))
})

describe('the order of the line', () => {
  it('is by priority, then by arrival', () =>
    withServer({ GREENROOM_SLOTS: '1' }, async (client) => {
      const first = await occupy(client)
      const wanted = ['idle', 'low', 'normal', 'high', 'critical', 'idle', 'normal', 'critical']
      const ids: string[] = []
      for (const [i, priority] of wanted.entries())
        ids.push((await client.submit(sleeps(0.05, { priority, labels: { name: `${priority}${i}` } }))).id)
      await client.release(first)
      expect(await startOrder(client, ids)).toEqual([
        'critical4',
        'critical7',
        'high3',
        'normal2',
        'normal6',
        'low1',
        'idle0',
        'idle5',
      ])
    }))

  it('lifts those who have waited long above those who come later', () =>
    withServer({ GREENROOM_SLOTS: '1', GREENROOM_AGING_MS: '400' }, async (client) => {
      const first = await occupy(client)
      const old = await client.submit(sleeps(0.05, { priority: 'low', labels: { name: 'old' } }))
      await new Promise((resolve) => setTimeout(resolve, 1000))
      const fresh = await client.submit(sleeps(0.05, { priority: 'normal', labels: { name: 'fresh' } }))
      await client.release(first)
      expect(await startOrder(client, [old.id, fresh.id])).toEqual(['old', 'fresh'])
    }))
})

describe('a run that waits', () => {
  it('says in one sentence why, and how many go first, which falls as the line moves', () =>
    withServer({ GREENROOM_SLOTS: '1' }, async (client) => {
      const first = await occupy(client)
      const ids: string[] = []
      for (let i = 0; i < 3; i++) ids.push((await client.hold()).id)
      const views = await Promise.all(ids.map((id) => client.show(id)))
      expect(views.map(({ waiting }) => waiting?.position)).toEqual([1, 2, 3])
      for (const { waiting } of views) expect(waiting!.reason).toMatch(/^[A-Z][^.]*\b1 slot\b.*\.$|^[A-Z].*slots?.*\.$/)
      expect(views[2]!.waiting!.reason).toMatch(/2 runs go first/)
      const urgent = await client.submit(sleeps(0, { priority: 'critical' }))
      expect((await client.show(urgent.id)).waiting?.position).toBe(1)
      expect((await client.show(ids[0]!)).waiting?.position).toBe(2)
      for (const [done, position] of [
        [first, 2],
        [ids[0]!, 1],
      ] as const) {
        await client.release(done)
        await eventually(async () => expect((await client.show(ids[2]!)).waiting?.position).toBe(position))
      }
      await client.release(ids[1]!, ids[2]!)
      expect(await client.ended(ids[2]!)).toMatchObject({ waiting: null })
    }))

  it('is told when the cap of its user is the reason', () =>
    withServer({ GREENROOM_SLOTS: '4', GREENROOM_USER_SLOTS: '2' }, async (client) => {
      const ids: string[] = []
      for (let i = 0; i < 4; i++) ids.push((await client.hold()).id)
      await eventually(async () => expect(await queue(client)).toMatchObject({ length: 2, running: 2, slots: 4 }))
      const { waiting } = await client.show(ids[3]!)
      expect(waiting!.reason).toMatch(/2 of your runs are running/)
      await client.release(...ids)
      for (const id of ids) expect(await client.ended(id)).toMatchObject({ state: 'succeeded' })
    }))
})

describe('after many runs', () => {
  it(
    'of every kind of end no slot is held and no place is kept',
    () =>
      withServer({ GREENROOM_SLOTS: '4', GREENROOM_QUEUE_LIMIT: '100000' }, async (client, server) => {
        const kinds = [
          ...[
            sleeps(0),
            sleeps(0),
            sleeps(0),
            { language: 'bash', source: 'exit 4' },
            { language: 'bash', source: 'kill -9 $$' },
          ],
          ...[
            sleeps(9, { limits: { wallMs: 60 } }),
            { language: 'bash', source: 'yes', limits: { outputBytes: 1000 } },
          ],
        ]
        const left = Array.from({ length: dose > 1 ? 10_000 : 280 }, (_, i) => kinds[i % kinds.length]!)
        const work = async () => {
          for (let request = left.pop(); request; request = left.pop()) {
            const { id } = await client.submit(request)
            if (left.length % 9 === 0) await client.ask('POST', `/executions/${id}/cancel`)
            if (left.length % 3 === 0) await client.ended(id)
          }
        }
        await Promise.all(Array.from({ length: 8 }, work))
        await eventually(async () => expect(await queue(client)).toMatchObject({ length: 0, running: 0 }), 120_000)
        const { items } = (await client.get<{ items: unknown[] }>('/executions?state=queued,scheduled,running')).body
        expect(items).toEqual([])
        await server.restart()
        expect(await queue(client)).toMatchObject({ length: 0, running: 0, slots: 4 })
      }),
    300_000 * (dose > 1 ? 8 : 1),
  )
})
