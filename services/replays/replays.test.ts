import type { ServiceSchema } from 'moleculer'
import { type Actors, startActors } from '../../config/testing.ts'
import { call, fact, type Payload } from '../../mixins/contract/contract.ts'
import { messageOf } from '../../mixins/topics/message.ts'
import { on, topics } from '../../mixins/topics/topics.mixin.ts'
import { eventually } from '../../test/eventually.ts'
import { ExecutionDeleted } from '../executions/executions.events.ts'
import { replays } from './replays.contract.ts'
import replaysService from './replays.service.ts'

const TOPIC = 'executions.events'
const payload: Payload<typeof ExecutionDeleted> = {
  executionId: 'e1',
  ...{ rev: 3, at: '2026-01-01T00:00:00.000Z', state: 'failed', attempt: 1, user: 'ann', language: 'python' },
  ...{ priority: 'normal', createdAt: '2026-01-01T00:00:00.000Z' },
}

describe('a replay', () => {
  let actors: Actors
  let seen: { shop: string[]; bank: string[] }

  const consumer = (name: 'shop' | 'bank') =>
    ({
      name,
      mixins: [topics()],
      actions: { deleted: on(ExecutionDeleted, (ctx) => void seen[name].push(ctx.params.executionId)) },
    }) as unknown as ServiceSchema

  beforeEach(async () => {
    seen = { shop: [], bank: [] }
    actors = await startActors([replaysService, consumer('shop'), consumer('bank')])
  })
  afterEach(() => actors.discard())

  const publish = async (ids: string[]) => {
    const messages = ids.map((executionId) => messageOf(fact(ExecutionDeleted, { ...payload, executionId })))
    await actors.backends.topics.append(TOPIC, messages)
    await quiet()
    seen.shop.length = seen.bank.length = 0
  }
  const quiet = () =>
    eventually(async () => {
      for (const group of ['shop', 'bank']) expect(await actors.backends.topics.lag(TOPIC, group)).toBe(0)
    })
  const as = { meta: { user: 'ann' } }
  const start = (change: object = {}) =>
    call(actors.broker, replays.start, { topic: TOPIC, group: 'shop', reason: 'mended', ...change }, as)
  const get = (id: string) => call(actors.broker, replays.get, { id })
  const ends = (id: string, state = 'done') => eventually(async () => expect((await get(id)).state).toBe(state))

  it('sends a topic once more, in order, to the group that it is for', async () => {
    await publish(['a', 'a', 'a', 'b', 'c'])
    const { id, state } = await start({ ratePerSecond: 1000 })
    expect(state).toBe('running')
    await ends(id)
    await quiet()
    expect(seen.shop.toSorted()).toEqual(['a', 'a', 'a', 'b', 'c'])
    expect(seen.bank).toEqual([])
    expect(await get(id.slice(-8))).toMatchObject({ sent: 5, ranges: [], by: 'ann', reason: 'mended' })
  })

  it('carries who, why and what it repeats, and is itself not replayed', async () => {
    await publish(['a'])
    await ends((await start()).id)
    const { partition, next } = (await actors.backends.topics.extent(TOPIC))[0]!
    const [first, copy] = await actors.backends.topics.read(TOPIC, partition, 0, 10)
    expect(next).toBe(2)
    expect(copy).toMatchObject({ id: first!.id, payload: first!.payload })
    expect(copy!.headers).toEqual({
      version: '1',
      'replay-of': encodeURIComponent(`${TOPIC}/${partition}/0`),
      ...{ 'replay-group': 'shop', 'replay-by': 'ann', 'replay-reason': 'mended' },
    })
    const second = await start()
    await ends(second.id)
    expect((await get(second.id)).sent).toBe(1)
  })

  it('takes only what was chosen', async () => {
    await publish(['a', 'b', 'a', 'b'])
    await ends((await start({ key: 'a' })).id)
    await quiet()
    expect(seen.shop).toEqual(['a', 'a'])
    expect((await start({ types: ['executions.queued'] })).ranges.length).toBeGreaterThan(0)
    const { items } = await call(actors.broker, replays.list, {})
    expect(items).toHaveLength(2)
    const { partition } = (await actors.backends.topics.extent(TOPIC))[0]!
    const part = await start({ partition, from: 1, to: 2 })
    expect(part.ranges).toEqual([{ partition, next: 1, end: 2 }])
    expect(await start({ until: '2020-01-01' }).then(({ id }) => ends(id))).toBeUndefined()
  })

  it('shows what it would send without sending anything', async () => {
    await publish(['a', 'b', 'b'])
    const shown = await call(actors.broker, replays.preview, { topic: TOPIC, key: 'b' })
    expect(shown).toMatchObject({ matched: 2, looked: 3, complete: true, types: { 'executions.deleted': 2 } })
    expect(shown.first).toMatchObject([{ key: 'b' }, { key: 'b' }])
    expect(await actors.backends.topics.lag(TOPIC, 'new')).toBe(3)
  })

  it('keeps to its rate, and ends when it is cancelled', async () => {
    await publish(Array.from({ length: 50 }, (_, n) => `e${n}`))
    const { id } = await start({ ratePerSecond: 1 })
    await eventually(async () => expect((await get(id)).sent).toBeGreaterThan(0))
    expect(await call(actors.broker, replays.cancel, { id })).toMatchObject({ state: 'cancelled' })
    expect((await get(id)).sent).toBeLessThan(50)
    await expect(call(actors.broker, replays.cancel, { id })).rejects.toMatchObject({ data: { state: 'cancelled' } })
  })

  it('passes over what was not chosen many at a time, however low its rate', async () => {
    await publish(['a', ...Array.from({ length: 90 }, () => 'b'), 'a'])
    const { id } = await start({ ratePerSecond: 1, key: 'a' })
    await ends(id)
    expect((await get(id)).sent).toBe(2)
    const stored = await actors.backends.store.get<{ id: string; rev: number }>('replays', id)
    expect(stored?.rev).toBeLessThan(20)
  })

  it('goes on after a restart where it was', async () => {
    const ids = Array.from({ length: 40 }, (_, n) => `e${n}`)
    await publish(ids)
    const { id } = await start({ ratePerSecond: 10 })
    await eventually(async () => expect((await get(id)).sent).toBeGreaterThan(0))
    await actors.restart()
    await ends(id)
    await quiet()
    expect(new Set(seen.shop)).toEqual(new Set(ids))
  })

  it.each([
    ['topic', { topic: 'nothing' }],
    ['group', { group: 'nobody' }],
    ['from', { from: 3 }],
    ['to', { partition: 0, from: 3, to: 3 }],
    ['since', { since: 'yesterday' }],
  ])('is refused with a wrong %s, which is named', async (field, change) => {
    await expect(start(change)).rejects.toMatchObject({ code: 422, data: [{ field }] })
  })

  it('is done at once where there is nothing to send', async () => {
    expect(await start()).toMatchObject({ state: 'done', sent: 0 })
  })
})
