import { Errors, type ServiceSchema } from 'moleculer'
import { type Actors, startActors } from '../../config/testing.ts'
import { call, fact, type Payload } from '../../mixins/contract/contract.ts'
import type { DeadLetter } from '../../mixins/topics/dead-letter.ts'
import { messageOf } from '../../mixins/topics/message.ts'
import { on, topics } from '../../mixins/topics/topics.mixin.ts'
import { eventually } from '../../test/eventually.ts'
import { ExecutionDeleted } from '../executions/executions.events.ts'
import { deadletters } from './deadletters.contract.ts'
import deadlettersService from './deadletters.service.ts'

const payload: Payload<typeof ExecutionDeleted> = {
  executionId: 'e1',
  ...{ rev: 3, at: '2026-01-01T00:00:00.000Z', state: 'failed', attempt: 1, user: 'ann', language: 'python' },
  ...{ priority: 'normal', createdAt: '2026-01-01T00:00:00.000Z' },
}

class Broken extends Errors.MoleculerClientError {
  constructor(id: string) {
    super(`The shop cannot take ${id}.`, 409, 'SHOP_BROKEN')
  }
}

describe('dead letters', () => {
  let actors: Actors
  /** Runs that the shop refuses; what it has handled; and what another group has. */
  let refused: Set<string>
  let handled: { id: string; language: string }[]
  let others: string[]

  const consumer = (name: string, handle: (params: { executionId: string; language: string }) => void) =>
    ({
      name,
      mixins: [topics({ attempts: 1 })],
      actions: { deleted: on(ExecutionDeleted, (ctx) => handle(ctx.params)) },
    }) as unknown as ServiceSchema

  beforeEach(async () => {
    refused = new Set(['e1', 'e2', 'e3'])
    handled = []
    others = []
    const shop = consumer('shop', ({ executionId: id, language }) => {
      if (refused.has(id)) throw new Broken(id)
      handled.push({ id, language })
    })
    actors = await startActors([
      deadlettersService,
      shop,
      consumer('bank', ({ executionId }) => others.push(executionId)),
    ])
  })
  afterEach(() => actors.discard())

  const publish = (id: string) =>
    actors.backends.topics.append('executions.events', [
      messageOf(fact(ExecutionDeleted, { ...payload, executionId: id })),
    ])
  const ask = <P, R>(action: Parameters<typeof call<P, R>>[1], params: P) =>
    call(actors.broker, action, params as never, { meta: { user: 'ann' } })
  const list = (params = {}) => ask(deadletters.list, params)
  const kept = (count: number) =>
    eventually(async () => {
      expect((await list()).items).toHaveLength(count)
    })
  const buryOne = async (id = 'e1') => {
    await publish(id)
    await kept(1)
    return (await list()).items[0]!
  }

  it('are kept with the whole envelope, the newest first, counted by cause', async () => {
    for (const id of ['e1', 'e2', 'e3', 'fine']) await publish(id)
    await kept(3)
    const { items } = await list()
    expect(items.map(({ key }) => key).toSorted()).toEqual(['e1', 'e2', 'e3'])
    const letter = items.find(({ key }) => key === 'e2')!
    expect(letter).toMatchObject({
      ...{ state: 'open', topic: 'executions.events', group: 'shop', type: 'executions.deleted', cause: 'SHOP_BROKEN' },
      ...{ error: 'The shop cannot take e2.', attempts: 1, settledAt: null, replayOf: null },
    })
    const { envelope } = await ask(deadletters.get, { id: letter.id.slice(-8) })
    expect((envelope as DeadLetter).message).toMatchObject({
      id: letter.messageId,
      payload: { ...payload, executionId: 'e2' },
    })
    const { items: causes, open } = await ask(deadletters.causes, {})
    expect([causes, open]).toMatchObject([[{ group: 'shop', cause: 'SHOP_BROKEN', count: 3 }], 3])
    const page = await list({ limit: 2 })
    const rest = await list({ limit: 2, cursor: page.next! })
    expect([...page.items, ...rest.items]).toEqual(items)
    expect(rest.next).toBeNull()
    expect((await list({ cause: 'ANOTHER' })).items).toEqual([])
  })

  it('are handed to the group that failed, and to no other, when they are retried', async () => {
    const letter = await buryOne()
    refused.clear()
    expect(await ask(deadletters.retry, { id: letter.id, reason: 'mended' })).toMatchObject({ state: 'retried' })
    await eventually(() => expect(handled).toEqual([{ id: 'e1', language: 'python' }]))
    await eventually(async () => expect(await actors.backends.topics.lag('executions.events', 'bank')).toBe(0))
    expect(others).toEqual(['e1'])
    const { items } = await list({ state: 'retried' })
    expect(items).toMatchObject([{ id: letter.id, settledBy: 'ann', reason: 'mended' }])
    await expect(ask(deadletters.retry, { id: letter.id })).rejects.toMatchObject({
      code: 409,
      data: { state: 'retried' },
    })
  })

  it('say whence they come when the retry fails too', async () => {
    const letter = await buryOne()
    await ask(deadletters.retry, { id: letter.id })
    await kept(1)
    const again = (await list()).items[0]!
    expect(again.replayOf).toBe(`shop/executions.events/${letter.partition}/${letter.offset}`)
    expect([again.messageId, again.id === letter.id]).toEqual([letter.messageId, false])
  })

  it('change nothing in a dry run, which shows the message and what its contract says', async () => {
    const letter = await buryOne()
    const edit = { payload: { ...payload, attempt: 'one' } }
    const trial = await ask(deadletters.retry, { id: letter.id, ...edit, dryRun: true })
    expect(trial).toMatchObject({ state: 'open', dryRun: true, message: { payload: { attempt: 'one' } } })
    expect(trial.complaints).toMatchObject([{ field: 'payload.attempt' }])
    expect(await ask(deadletters.retryAll, { reason: 'all', dryRun: true })).toEqual({
      matched: 1,
      retried: 0,
      dryRun: true,
    })
    expect((await list()).items).toMatchObject([{ id: letter.id, state: 'open' }])
  })

  it('can be edited, but only into what the contract allows', async () => {
    const letter = await buryOne()
    refused.clear()
    const edited = (change: object) => ask(deadletters.retry, { id: letter.id, payload: { ...payload, ...change } })
    await expect(edited({ attempt: 'one' })).rejects.toMatchObject({ code: 422, data: [{ field: 'payload.attempt' }] })
    await expect(edited({ more: 1 })).rejects.toMatchObject({ code: 422 })
    await expect(ask(deadletters.retry, { id: letter.id, type: 'nothing' })).rejects.toMatchObject({
      data: [{ field: 'type' }],
    })
    await edited({ language: 'ruby' })
    await eventually(() => expect(handled).toEqual([{ id: 'e1', language: 'ruby' }]))
  })

  it('are retried together by cause, the oldest first', async () => {
    for (const id of ['e1', 'e2', 'e3']) await publish(id)
    await kept(3)
    refused.clear()
    expect(await ask(deadletters.retryAll, { cause: 'OTHER', reason: 'x' })).toMatchObject({ matched: 0 })
    expect(await ask(deadletters.retryAll, { cause: 'SHOP_BROKEN', reason: 'mended', limit: 2 })).toMatchObject({
      retried: 2,
    })
    expect((await list()).items).toHaveLength(1)
    await ask(deadletters.retryAll, { reason: 'mended' })
    await eventually(() => expect(handled.map(({ id }) => id).toSorted()).toEqual(['e1', 'e2', 'e3']))
  })

  it('stay when they are discarded, with the reason and who gave it', async () => {
    const letter = await buryOne()
    await expect(ask(deadletters.discard, { id: letter.id } as never)).rejects.toMatchObject({ code: 422 })
    expect(await ask(deadletters.discard, { id: letter.id, reason: 'a test' })).toMatchObject({
      ...{ state: 'discarded', settledBy: 'ann', reason: 'a test' },
    })
    expect((await list()).items).toEqual([])
    expect((await list({ state: 'discarded' })).items).toHaveLength(1)
  })

  it('are one of a type that nobody knows, and a retry of it is for every group', async () => {
    const odd = { ...messageOf(fact(ExecutionDeleted, payload)), id: 'odd', type: 'executions.eaten' }
    await actors.backends.topics.append('executions.events', [odd])
    const seen = async (groups: string[], topic: string) => {
      for (const group of groups) expect(await actors.backends.topics.lag(topic, group)).toBe(0)
    }
    await eventually(() => seen(['shop', 'bank'], 'executions.events'))
    await eventually(() => seen(['deadletters'], 'executions.events.dead'))
    const { items } = await list()
    expect(items).toMatchObject([{ group: 'results', cause: 'TYPE_UNKNOWN', messageId: 'odd', attempts: 1 }])
    refused.clear()
    // As if the processes had been replaced by ones that know the type.
    const edit = { id: items[0]!.id, type: 'executions.deleted', payload }
    expect(await ask(deadletters.retry, edit)).toMatchObject({ group: null })
    await eventually(() => expect([handled.map(({ id }) => id), others]).toEqual([['e1'], ['e1']]))
  })

  it('are kept once, however often they are delivered', async () => {
    const letter = await buryOne()
    const { envelope } = await ask(deadletters.get, { id: letter.id })
    const copy = { id: 'x', key: 'e1', type: 'topics.dead-letter', headers: {}, payload: envelope }
    await actors.backends.topics.append('executions.events.dead', [copy, copy])
    await eventually(async () =>
      expect(await actors.backends.topics.lag('executions.events.dead', 'deadletters')).toBe(0),
    )
    expect((await list()).items).toHaveLength(1)
  })

  it('are not found under another id', async () => {
    await expect(ask(deadletters.get, { id: 'nothing' })).rejects.toMatchObject({ type: 'DEAD_LETTER_NOT_FOUND' })
    await expect(ask(deadletters.get, { id: '12345678' })).rejects.toMatchObject({ type: 'DEAD_LETTER_NOT_FOUND' })
  })
})
