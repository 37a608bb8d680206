import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
import { dose } from '../dose.ts'
import { eventually } from '../eventually.ts'
import { describeOn } from '../servers/describe-on.ts'
import type { Instance } from '../servers/instance.ts'
import { startRedis } from '../servers/redis.ts'
import { Client } from '../system/client.ts'
import { type Greenroom, startGreenroom } from '../system/greenroom.ts'
import { bytesIn, readStream, type StreamEvent } from '../system/sse.ts'

const TALK = `
import sys, time
for n in range(60):
    print(sys.argv[1], n, "x" * 2000, flush=True)
    time.sleep(0.03)
`
const said = (name: string) => Array.from({ length: 60 }, (_, n) => `${name} ${n} ${'x'.repeat(2000)}\n`).join('')

const digest = (bytes: string | Buffer) => createHash('sha1').update(bytes).digest('hex')

describeOn('redis')('Greenroom on Redis', () => {
  let redis: Instance
  let server: Greenroom
  let client: Client

  beforeAll(async () => {
    redis = await startRedis()
    const env = { GREENROOM_SLOTS: '4', GREENROOM_REDIS_URL: redis.url }
    server = await startGreenroom({ env })
    client = new Client(server.url)
  }, 60_000)
  afterAll(async () => {
    await server.close()
    await redis.stop()
  })

  const flush = async () => {
    const direct = new Redis(redis.url)
    await direct.flushall()
    direct.disconnect()
  }
  const keys = async () => {
    const direct = new Redis(redis.url)
    const found = await direct.keys('*')
    direct.disconnect()
    return found
  }
  const talk = (name: string) => client.submit({ language: 'python', source: TALK, args: [name] })
  /** Watches a run to its end; comes back, as a browser does, when the stream breaks off. */
  const follow = async (id: string): Promise<StreamEvent[]> => {
    const events: StreamEvent[] = []
    while (events.at(-1)?.event !== 'end') {
      const address = `${server.url}/api/v1/executions/${id}/stream`
      events.push(...(await readStream(address, events.at(-1)?.id ?? null)).events)
    }
    return events
  }
  const mustBeWhole = async (id: string, name: string) => {
    const view = await client.ended(id, 120_000)
    expect({ id, state: view.state, message: view.message }).toMatchObject({ id, state: 'succeeded' })
    expect(digest(await client.output(id))).toBe(digest(said(name)))
  }

  it.each([
    ['loses everything', flush],
    ['is killed', () => redis.restart()],
    ['is killed and loses everything', () => redis.restart().then(flush)],
    [
      'falls silent for a while',
      async () => {
        redis.pause()
        await new Promise((resolve) => setTimeout(resolve, 7000))
        redis.resume()
      },
    ],
  ])(
    'runs every accepted program once and keeps its whole output when Redis %s',
    async (_, fault) => {
      for (let round = 0; round < dose; round++) {
        const names = Array.from({ length: 12 }, (_, n) => `run-${round}-${n}`)
        const runs = await Promise.all(names.map(async (name) => ({ name, id: (await talk(name)).id })))
        const first = runs[0]!
        await eventually(async () => expect((await client.output(first.id)).length).toBeGreaterThan(5000), 30_000)
        const watched = follow(first.id)
        await fault()
        for (const { id, name } of runs) await mustBeWhole(id, name)
        expect(digest(bytesIn(await watched))).toBe(digest(said(first.name)))
      }
    },
    170_000,
  )

  it('runs what was accepted while there was no Redis once there is', async () => {
    await redis.kill()
    const names = Array.from({ length: 8 }, (_, n) => `alone-${n}`)
    const runs = await Promise.all(names.map(async (name) => ({ name, id: (await talk(name)).id })))
    expect((await client.get('//health/live')).status).toBe(200)
    expect((await client.get('//health/ready')).status).toBe(503)
    await redis.restart()
    for (const { id, name } of runs) await mustBeWhole(id, name)
    expect((await client.get('//health/ready')).status).toBe(200)
  }, 120_000)

  it('holds nothing of a run that has ended, and loses nothing of it', async () => {
    const { id } = await talk('last')
    await mustBeWhole(id, 'last')
    await eventually(async () =>
      expect((await keys()).filter((key) => key.includes(`{${id}`)).every((key) => key.endsWith(':settled'))).toBe(
        true,
      ),
    )
    await flush()
    await mustBeWhole(id, 'last')
  }, 60_000)
})
