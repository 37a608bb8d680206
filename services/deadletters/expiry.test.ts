import type { ServiceSchema } from 'moleculer'
import { type Actors, startActors } from '../../config/testing.ts'
import { call, fact, type Payload } from '../../mixins/contract/contract.ts'
import { deadTopic } from '../../mixins/contract/topic.ts'
import { type Store, store } from '../../mixins/store/store.mixin.ts'
import { deadLetter } from '../../mixins/topics/dead-letter.ts'
import { messageOf } from '../../mixins/topics/message.ts'
import { eventually } from '../../test/eventually.ts'
import { Events, ExecutionDeleted } from '../executions/executions.events.ts'
import { Census } from './causes.ts'
import { deadletters } from './deadletters.contract.ts'
import deadlettersService from './deadletters.service.ts'
import { expire } from './expiry.ts'
import type { Letter } from './letter.ts'

const DAY_MS = 86_400_000

const buried = (offset: number) => {
  const payload: Payload<typeof ExecutionDeleted> = {
    ...{ executionId: `e${offset}`, rev: 3, at: '2026-01-01T00:00:00.000Z', state: 'failed', attempt: 1 },
    ...{ user: 'ann', language: 'python', priority: 'normal', createdAt: '2026-01-01T00:00:00.000Z' },
  }
  const message = { ...messageOf(fact(ExecutionDeleted, payload)), topic: Events.name, partition: 0, offset, at: 1 }
  return deadLetter(message, 'shop', 'here', { attempts: 1, first: 1, last: 1, error: new RangeError('too wild') })
}

describe('the retention of dead letters', () => {
  let actors: Actors
  let letters: Store<Letter>

  beforeEach(async () => {
    // Another actor on the same documents, so that the sweep can be asked for.
    const beside = {
      name: 'beside',
      mixins: [store<Letter>({ name: 'deadletters' }, (id) => Object.assign(new Error(id), { type: 'GONE' }))],
    } as unknown as ServiceSchema
    actors = await startActors([deadlettersService, beside])
    letters = actors.broker.getLocalService('beside') as unknown as Store<Letter>
  })
  afterEach(() => actors.discard())

  const bury = async (count: number) => {
    const all = Array.from({ length: count }, (_, offset) => buried(offset))
    await actors.backends.topics.append(deadTopic(Events.name), all)
    await eventually(async () => expect(await letters.count({})).toBe(count))
    return (await letters.search({ limit: count, sort: { by: 'id', order: 'asc' } })).map(({ id }) => id)
  }
  const discard = (id: string) => call(actors.broker, deadletters.discard, { id, reason: 'a test' })
  const left = async () => (await letters.search({ limit: 1000, sort: { by: 'id', order: 'asc' } })).map(({ id }) => id)

  it('deletes those that were settled before it, however many, and none that is open', async () => {
    const all = await bury(12)
    const open = all.slice(0, 5)
    for (const id of all.slice(5)) await discard(id)
    await expire(letters, 1, Date.now() + DAY_MS - 600_000, 3)
    expect(await left()).toEqual(all)
    await expire(letters, 0, Date.now() + 1000 * DAY_MS)
    expect(await left()).toEqual(all)
    await expire(letters, 1, Date.now() + DAY_MS + 600_000, 3)
    expect(await left()).toEqual(open)
  })

  it('leaves the count of the open ones as it is', async () => {
    const [first] = await bury(3)
    await discard(first!)
    expect(await call(actors.broker, deadletters.open, {})).toEqual([
      { topic: Events.name, cause: 'RangeError', count: 2 },
    ])
  })
})

describe('the count of open letters', () => {
  it('is taken once for all who ask within seconds, and again after a failure', async () => {
    let taken = 0
    const census = new Census(async () => {
      if (++taken === 1) throw new RangeError('not now')
      return []
    })
    await expect(census.take(0)).rejects.toThrow('not now')
    await Promise.all([census.take(0), census.take(0)])
    await census.take(9999)
    expect(taken).toBe(2)
    await census.take(10_000)
    expect(taken).toBe(3)
  })
})
