import { type Actors, imagined, startActors } from '../../config/testing.ts'
import { broadcast, call, type Payload } from '../../mixins/contract/contract.ts'
import { eventually } from '../../test/eventually.ts'
import { executions, type Submission } from '../executions/executions.contract.ts'
import executionsService from '../executions/executions.service.ts'
import { WorkerReported } from '../runs/runs.events.ts'
import { coordinator } from './coordinator.contract.ts'
import coordinatorService from './coordinator.service.ts'

const { runtime: _, ...offered } = imagined

describe('the coordinator', () => {
  let actors: Actors

  const startWith = async (settings = {}) => {
    actors = await startActors([executionsService, coordinatorService], { settings })
  }
  const beats: NodeJS.Timeout[] = []
  afterEach(async () => {
    for (const beat of beats.splice(0)) clearInterval(beat)
    await actors.discard()
  })

  /** A worker that is there and takes nothing: what is scheduled stays scheduled. */
  const report = async (change: Partial<Payload<typeof WorkerReported>> = {}) => {
    const offers = [{ ...offered, maxima: actors.backends.settings.maxima }]
    const worker = { node: 'w', slots: 2, busy: 0, draining: false, trusted: false, offers, ...change }
    broadcast(actors.broker, WorkerReported, worker)
    // A worker that is silent for ten seconds is forgotten.
    beats.push(setInterval(() => broadcast(actors.broker, WorkerReported, worker), 1000))
    await eventually(async () =>
      expect(await workers()).toContainEqual(expect.objectContaining({ node: worker.node, slots: worker.slots })),
    )
  }
  const workers = async () => (await call(actors.broker, coordinator.workers, {})).items
  const queue = () => call(actors.broker, coordinator.queue, {})
  const submit = (change: Partial<Submission> = {}, user = 'ann') =>
    call(actors.broker, executions.submit, { language: 'python', source: '', ...change }, { meta: { user } })
  const get = (id: string) => call(actors.broker, executions.get, { id })
  const cancel = (id: string) => call(actors.broker, executions.cancel, { id })
  const isNow = (id: string, state: string) => eventually(async () => expect((await get(id)).state).toBe(state))

  it('knows no language before a worker has reported, and says so', async () => {
    await startWith()
    await expect(submit()).rejects.toThrow(expect.objectContaining({ type: 'NO_WORKER', code: 503 }))
    await report()
    expect(await call(actors.broker, coordinator.runtimes, {})).toMatchObject([
      { language: 'python', version: '3.11.2' },
    ])
    expect((await submit()).language).toBe('python')
  })

  it('lets as many go as there are slots, and tells the others why they wait', async () => {
    await startWith()
    await report()
    const runs = [await submit(), await submit(), await submit(), await submit()]
    for (const { id } of runs.slice(0, 2)) await isNow(id, 'scheduled')
    expect((await get(runs[2]!.id)).waiting).toEqual({
      position: 1,
      reason: 'All 2 slots are taken; it is next, in about 1 s.',
    })
    expect((await get(runs[3]!.id)).waiting).toEqual({
      position: 2,
      reason: 'All 2 slots are taken; 1 run goes first, in about 1 s.',
    })
    await cancel(runs[0]!.id)
    await isNow(runs[2]!.id, 'scheduled')
    expect(await queue()).toMatchObject({ length: 1, running: 2, slots: 2 })
  })

  it('frees the slot of a run that is not accepted after all', async () => {
    await startWith()
    await report({ slots: 1 })
    const never = { id: 'never', user: 'ann', priority: 'normal', language: 'python' } as const
    expect(await call(actors.broker, coordinator.admit, never)).toMatchObject({ hasSlot: true })
    const waiting = await submit()
    expect(waiting.state).toBe('queued')
    await call(actors.broker, coordinator.dismiss, { id: 'never' })
    await isNow(waiting.id, 'scheduled')
  })

  it('gives one user no more slots than one may have, and the free ones to others', async () => {
    await startWith({ userSlots: 1 })
    await report()
    const [first, second] = [await submit(), await submit()]
    const other = await submit({ priority: 'idle' }, 'bob')
    for (const { id } of [first, other]) await isNow(id, 'scheduled')
    expect((await get(second.id)).waiting?.reason).toBe(
      '1 of your runs is running, which is as many as one user may have at once.',
    )
    await cancel(first.id)
    await isNow(second.id, 'scheduled')
  })

  it('counts no slots of a worker that drains', async () => {
    await startWith()
    await report()
    await report({ node: 'v', slots: 5, draining: true })
    expect((await queue()).slots).toBe(2)
  })

  it('gives the place of a refused submission back', async () => {
    await startWith({ queueLimit: 1 })
    await report({ slots: 0 })
    const impossible = { limits: { wallMs: 10 ** 9 } }
    await expect(submit(impossible)).rejects.toThrow(expect.objectContaining({ code: 422 }))
    await submit()
    await expect(submit()).rejects.toThrow(expect.objectContaining({ type: 'QUEUE_FULL' }))
  })

  it('still knows after a restart who holds a slot and who waits', async () => {
    await startWith()
    await report({ slots: 1 })
    const [held, waiting] = [await submit(), await submit()]
    await isNow(held.id, 'scheduled')
    await actors.restart()
    expect(await queue()).toMatchObject({ length: 1, running: 1 })
    await report({ slots: 1 })
    expect((await queue()).waiting).toMatchObject([{ id: waiting.id, position: 1 }])
    await cancel(held.id)
    await isNow(waiting.id, 'scheduled')
  })
})
