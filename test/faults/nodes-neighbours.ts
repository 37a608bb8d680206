import { RedisConnection } from '../../mixins/redis/connection.ts'
import { dose } from '../dose.ts'
import type { Stage } from './nodes-stage.ts'
import { mustBeIdle } from './nodes-truth.ts'

const WAITING = dose > 1 ? 1000 : 200
const quiet = { info: () => undefined, warn: () => undefined }

/** Several of a kind, of which one fails. */
export const neighbours = (stage: () => Stage): void => {
  const client = () => stage().second
  const node = (name: string) => stage().cluster.node(name)

  it('take over from a coordinator that is killed, or leaves, before anybody is refused', async () => {
    for (const signal of ['kill', 'leave'] as const) {
      for (const name of ['coordinator-1', 'coordinator-2']) {
        const gone = node(name)[signal]()
        expect(await client().run({ language: 'bash', source: 'echo here' })).toMatchObject({ stdout: 'here\n' })
        await gone
        await node(name).restart()
        await stage().joined(name)
      }
    }
  })

  it('refuse the report of a worker that was stopped for longer than its lease', async () => {
    const source = 'echo begin $RANDOM; sleep 4; echo end'
    const { id } = await client().submit({ language: 'bash', source, retries: 1, args: ['nodes-stopped'] })
    const { timeline } = await client().untilPrinted(id, 'begin')
    const first = timeline.at(-1)?.node?.split('@')[0] ?? ''
    node(first).pause()
    const second = await client().ended(id)
    expect(second).toMatchObject({
      state: 'succeeded',
      attempt: 2,
      stdout: expect.stringMatching(/^begin \d+\nend\n$/),
    })
    expect(second.timeline.map(({ event }) => event)).toContain('attempt 1 lost')
    const before = node(first).log().length
    node(first).resume()
    await stage().idle(first)
    expect(await client().show(id)).toEqual(second)
    expect(node(first).log().slice(before)).not.toContain('"level":50')
    await mustBeIdle(client())
  })

  it(`rebuild what Redis has forgotten, with ${WAITING} runs in the line`, async () => {
    const runs: { id: string; at: number }[] = []
    let count = 0
    const submit = async () => {
      while (count < WAITING) {
        const at = count++
        const run = { language: 'bash', source: 'echo $1', args: [String(at)], retries: 3 }
        runs.push({ id: (await client().submit(run)).id, at })
      }
    }
    await Promise.all(Array.from({ length: 16 }, submit))
    const { body } = await client().get<{ queue: { length: number } }>('//health')
    expect(body.queue.length).toBeGreaterThan(WAITING / 4)
    const { redis } = stage().cluster.servers
    const connection = new RedisConnection(redis.url, quiet)
    await connection.do((server) => server.flushall())
    await connection.close()
    await redis.restart('SIGKILL')
    for (const { id, at } of runs) {
      const view = await client().ended(id, 240_000)
      expect({ id, state: view.state, stdout: view.stdout }).toEqual({ id, state: 'succeeded', stdout: `${at}\n` })
    }
    stage().expect(runs.map(({ id, at }) => ({ id, retries: 3, truth: `${at}\n` })))
    await stage().settled()
  }, 600_000)
}
