import { type Actors, startActors } from '../../config/testing.ts'
import { call, type Params } from '../../mixins/contract/contract.ts'
import { StoreUnavailable } from '../../mixins/store/unavailable.ts'
import { eventually } from '../../test/eventually.ts'
import { coordinator } from '../coordinator/coordinator.contract.ts'
import coordinatorService from '../coordinator/coordinator.service.ts'
import resultsService from '../results/results.service.ts'
import { RUNS_QUEUE } from '../runs/runs.jobs.ts'
import runsService from '../runs/runs.service.ts'
import type { Execution } from './execution.ts'
import { executions, type Submission } from './executions.contract.ts'
import executionsService from './executions.service.ts'

const services = [executionsService, coordinatorService, resultsService, runsService]
const hello: Submission = { language: 'python', source: 'print(1)' }
const refusal = (type: string, code: number) => expect.objectContaining({ type, code })

describe('executions, while no worker has a slot', () => {
  let actors: Actors

  beforeEach(async () => {
    actors = await startActors(services, { settings: { queueLimit: 5 } })
  })
  afterEach(() => actors.discard())

  const submit = (change: Partial<Submission> = {}, key?: string) =>
    call(
      actors.broker,
      executions.submit,
      { ...hello, ...change },
      key === undefined ? {} : { meta: { idempotencyKey: key } },
    )
  const get = (id: string) => call(actors.broker, executions.get, { id })
  const list = (query: Params<typeof executions.list> = {}) => call(actors.broker, executions.list, query)
  const cancel = (id: string) => call(actors.broker, executions.cancel, { id })
  const queue = () => call(actors.broker, coordinator.queue, {})
  const jobs = () => actors.backends.queue(RUNS_QUEUE).stats()

  describe('submitting', () => {
    it('accepts a run that waits, and says why', async () => {
      const run = await submit({ labels: { team: 'a' }, priority: 'high' })
      expect(run).toMatchObject({ state: 'queued', language: 'python', version: '3.11.2', attempt: 1, cause: null })
      expect(run.waiting).toEqual({ position: 1, reason: 'No worker node is connected; it is next when one is.' })
      expect(await get(run.id)).toEqual(run)
      expect(await call(actors.broker, executions.program, { id: run.id })).toMatchObject({
        files: [{ path: 'main.py', content: 'print(1)' }],
        entry: 'main.py',
      })
    })

    it('answers to the short id as well, and to no unknown one', async () => {
      const { id } = await submit()
      expect((await get(id.slice(-8))).id).toBe(id)
      for (const unknown of ['nothing!', id.replace(/.$/, 'x'), "' or 1=1"])
        await expect(get(unknown)).rejects.toThrow(refusal('EXECUTION_NOT_FOUND', 404))
    })

    it('refuses what cannot be run, and stores nothing of it', async () => {
      const wrong: [Partial<Submission>, string, string][] = [
        [{ source: undefined }, 'INVALID_REQUEST', 'source'],
        [{ source: undefined, files: [{ path: '../x', content: '' }] }, 'INVALID_REQUEST', 'files[0].path'],
        [{ limits: { wallMs: 10 ** 9 } }, 'INVALID_REQUEST', 'limits.wallMs'],
        [{ language: 'cobol' }, 'UNKNOWN_LANGUAGE', 'language'],
        [{ version: '2' }, 'UNKNOWN_LANGUAGE', 'version'],
      ]
      for (const [change, type, field] of wrong)
        await expect(submit(change)).rejects.toThrow(
          expect.objectContaining({ type, code: 422, data: [expect.objectContaining({ field })] }),
        )
      const misspelt = { ...hello, limits: { wall: 1 } } as Submission
      await expect(call(actors.broker, executions.submit, misspelt)).rejects.toThrow(
        expect.objectContaining({ code: 422 }),
      )
      expect((await list()).items).toEqual([])
      expect((await queue()).length).toBe(0)
    })

    it('refuses one more than may wait, with the time to come back, and stores nothing of it', async () => {
      for (let run = 0; run < 5; run++) await submit()
      await expect(submit()).rejects.toThrow(
        expect.objectContaining({ type: 'QUEUE_FULL', code: 429, retryable: false, data: { limit: 5, retryAfter: 5 } }),
      )
      expect((await list()).items).toHaveLength(5)
      const { items } = await list()
      await cancel(items[0]!.id)
      await eventually(() => submit())
    })
  })

  it('is not repeated by anybody but the caller, who may have two runs otherwise', async () => {
    const { store } = actors.backends
    const insert = store.insert.bind(store)
    store.insert = async (...what) => {
      await insert(...what)
      throw new StoreUnavailable('io')
    }
    await expect(submit()).rejects.toThrow(refusal('STORE_UNAVAILABLE', 503))
    expect((await list()).items).toHaveLength(1)
  })

  describe('an idempotency key', () => {
    it('makes a repetition the first run again, however its fields are ordered', async () => {
      const first = await submit({ env: { A: '1', B: '2' } }, 'k')
      const spelt = { env: { B: '2', A: '1' }, source: hello.source, language: hello.language }
      const again = await call(actors.broker, executions.submit, spelt, { meta: { idempotencyKey: 'k' } })
      expect(again.id).toBe(first.id)
      expect((await list()).items).toHaveLength(1)
      expect((await submit({ env: { A: '1', B: '2' } }, 'other')).id).not.toBe(first.id)
    })

    it('is refused for another request, with the run that it stands for', async () => {
      const { id } = await submit({}, 'k')
      const conflict = expect.objectContaining({ type: 'IDEMPOTENCY_CONFLICT', code: 409, data: { id } })
      await expect(submit({ source: 'print(2)' }, 'k')).rejects.toThrow(conflict)
      await expect(submit({ args: ['x'] }, 'k')).rejects.toThrow(conflict)
    })

    it('belongs to its user', async () => {
      const by = (user: string) =>
        call(actors.broker, executions.submit, hello, { meta: { user, idempotencyKey: 'k' } })
      expect((await by('ann')).id).not.toBe((await by('bob')).id)
    })

    it('makes one run of many requests at the same moment', async () => {
      const runs = await Promise.all(Array.from({ length: 4 }, () => submit({}, 'k')))
      expect(new Set(runs.map(({ id }) => id)).size).toBe(1)
      expect((await list()).items).toHaveLength(1)
      await expect(Promise.all([submit({}, 'j'), submit({ source: '2' }, 'j')])).rejects.toThrow(
        refusal('IDEMPOTENCY_CONFLICT', 409),
      )
    })
  })

  it('tells every waiting run its place, by priority', async () => {
    const [low, high] = [await submit({ priority: 'low' }), await submit({ priority: 'high' })]
    const { waiting, length, limit } = await queue()
    expect(waiting.map(({ id, position, priority }) => [id, position, priority])).toEqual([
      [high.id, 1, 'high'],
      [low.id, 2, 'low'],
    ])
    expect([length, limit]).toEqual([2, 5])
    expect((await get(low.id)).waiting).toEqual({
      position: 2,
      reason: 'No worker node is connected; 1 run goes first when one is.',
    })
  })

  it('lists runs by pages, the newest first, and by what they are', async () => {
    const ids: string[] = []
    for (let run = 0; run < 5; run++) ids.unshift((await submit({ labels: { n: String(run % 2) } })).id)
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const { items, next } = await list({ limit: 2, ...(cursor && { cursor }) })
      seen.push(...items.map(({ id }) => id))
      cursor = next ?? undefined
    } while (cursor)
    expect(seen).toEqual(ids)
    expect((await list({ label: 'n=1' })).items.map(({ id }) => id)).toEqual([ids[1], ids[3]])
    await cancel(ids[0]!)
    expect((await list({ state: 'cancelled' })).items.map(({ id }) => id)).toEqual([ids[0]])
    expect((await list({ state: 'queued,running', language: 'PYTHON' })).items).toHaveLength(4)
    expect((await list({ language: 'ruby' })).items).toEqual([])
  })

  describe('cancelling', () => {
    it('ends a waiting run at once and frees its place', async () => {
      const { id } = await submit()
      expect(await cancel(id)).toMatchObject({ state: 'cancelled', cause: 'cancelled', waiting: null, exitCode: null })
      await eventually(async () => expect((await queue()).length).toBe(0))
      await expect(cancel(id)).rejects.toThrow(
        expect.objectContaining({ type: 'EXECUTION_ENDED', code: 409, data: { id, state: 'cancelled' } }),
      )
    })

    it('takes the job of a scheduled run back, and frees its slot', async () => {
      const { id } = await submit()
      await call(actors.broker, executions.schedule, { id })
      await eventually(async () =>
        expect([await jobs(), await queue()]).toMatchObject([{ waiting: 1 }, { running: 1 }]),
      )
      expect((await cancel(id)).state).toBe('cancelled')
      await eventually(async () =>
        expect([await jobs(), await queue()]).toMatchObject([{ waiting: 0 }, { running: 0 }]),
      )
      for (const state of ['queued', 'scheduled', 'running'] as const)
        expect(await call(actors.broker, executions.census, { state })).toEqual({ items: [], next: null })
    })
  })

  it('tells those in a state page by page', async () => {
    const { backends } = actors
    const accepted = await submit()
    const one = await backends.store.get<Execution>('executions', accepted.id)
    const others = Array.from({ length: 1000 }, (_, i) => ({ ...one!, id: `z${i + 1000}`, dedupe: `z${i}` }))
    for (const other of others) void backends.store.insert('executions', other, [])
    await eventually(async () => expect(await backends.store.count('executions', { state: 'queued' })).toBe(1001))
    const first = await call(actors.broker, executions.census, { state: 'queued' })
    expect([first.items.length, first.next]).toEqual([1000, 'z1998'])
    const rest = await call(actors.broker, executions.census, { state: 'queued', after: first.next! })
    expect([rest.items.map(({ id }) => id), rest.next]).toEqual([['z1999'], null])
  })

  it('runs an ended run again as a new one that is linked, and no other', async () => {
    const first = await submit({ labels: { a: 'b' }, args: ['x'] })
    const retry = (id: string) => call(actors.broker, executions.retry, { id })
    await expect(retry(first.id)).rejects.toThrow(refusal('EXECUTION_NOT_ENDED', 409))
    await cancel(first.id)
    const again = await retry(first.id)
    expect(again).toMatchObject({ state: 'queued', retryOf: first.id, labels: { a: 'b' }, attempt: 1 })
    expect(again.id).not.toBe(first.id)
    const programs = await Promise.all([first, again].map(({ id }) => call(actors.broker, executions.program, { id })))
    expect(programs[1]).toEqual(programs[0])
  })

  it('deletes what has ended, and nothing else', async () => {
    const { id } = await submit()
    const remove = () => call(actors.broker, executions.remove, { id })
    await expect(remove()).rejects.toThrow(refusal('EXECUTION_NOT_ENDED', 409))
    await cancel(id)
    await remove()
    await expect(get(id)).rejects.toThrow(refusal('EXECUTION_NOT_FOUND', 404))
    await expect(remove()).rejects.toThrow(refusal('EXECUTION_NOT_FOUND', 404))
  })

  it('keeps everything over a restart, the line too', async () => {
    const ids = [(await submit({ priority: 'low' })).id, (await submit()).id]
    const ended = await submit({}, 'k')
    await cancel(ended.id)
    await actors.restart()
    await eventually(async () => expect((await queue()).waiting.map(({ id }) => id)).toEqual([ids[1], ids[0]]))
    expect((await submit({}, 'k')).id).toBe(ended.id)
    expect((await list()).items).toHaveLength(3)
  })

  it('takes input for an interactive run only, and not behind its end', async () => {
    const send = (id: string, change: object) => call(actors.broker, executions.stdin, { id, ...change })
    const { id } = await submit({ interactive: true })
    expect(await send(id, { content: 'aé' })).toEqual({ acceptedBytes: 3 })
    expect(await send(id, { content: 'AP8=', encoding: 'base64', close: true })).toEqual({ acceptedBytes: 2 })
    await expect(send(id, { content: 'x' })).rejects.toThrow(refusal('STDIN_CLOSED', 409))
    await expect(send((await submit()).id, { content: 'x' })).rejects.toThrow(refusal('STDIN_CLOSED', 409))
    await cancel(id)
    await expect(send(id, { content: 'x' })).rejects.toThrow(refusal('EXECUTION_ENDED', 409))
  })
})
