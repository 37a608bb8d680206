import { type Actors, startActors } from '../../config/testing.ts'
import { call, type Params } from '../../mixins/contract/contract.ts'
import { eventually } from '../../test/eventually.ts'
import { coordinator } from '../coordinator/coordinator.contract.ts'
import coordinatorService from '../coordinator/coordinator.service.ts'
import { executions } from '../executions/executions.contract.ts'
import executionsService from '../executions/executions.service.ts'
import runsService from '../runs/runs.service.ts'
import { results } from './results.contract.ts'
import resultsService from './results.service.ts'

const refusal = (type: string, code: number) => expect.objectContaining({ type, code })

describe('results', () => {
  let actors: Actors

  beforeEach(async () => {
    actors = await startActors([executionsService, coordinatorService, resultsService, runsService])
  })
  afterEach(() => actors.discard())

  const submit = (change = {}) => call(actors.broker, executions.submit, { language: 'python', source: '', ...change })
  const get = (id: string) => call(actors.broker, executions.get, { id })
  const queue = () => call(actors.broker, coordinator.queue, {})

  describe('a worker that lost its run', () => {
    const outcome = (attempt: number): Params<typeof results.record> => ({
      id: '',
      attempt,
      limits: { wallMs: 1, cpuMs: 1, memoryBytes: 1, processes: 1, outputBytes: 1, diskBytes: 1 },
      outputBytes: { stdout: 0, stderr: 0 },
      outcome: {
        ending: { cause: 'exit', exitCode: 0 },
        exitCode: 0,
        signal: null,
        usage: { wallMs: 1, cpuUserMs: 1, cpuSystemMs: 1, memoryPeakBytes: 1, processesPeak: 1 },
        truncated: { stdout: false, stderr: false },
      },
    })
    const begin = (id: string, attempt: number, delivery: number) =>
      call(actors.broker, executions.start, { id, attempt, node: `n${delivery}`, delivery })
    const record = (id: string, attempt: number) => call(actors.broker, results.record, { ...outcome(attempt), id })

    it('cannot report its end any more; the attempt after it can', async () => {
      const { id } = await submit({ retries: 1 })
      await call(actors.broker, executions.schedule, { id })
      expect(await begin(id, 1, 1)).toMatchObject({ attempt: 1, output: `${id}.1`, submission: { entry: 'main.py' } })
      await expect(begin(id, 1, 2)).rejects.toThrow(refusal('NOT_RUNNABLE', 409))
      await expect(record(id, 1)).rejects.toThrow(refusal('STALE_ATTEMPT', 409))
      await call(actors.broker, executions.schedule, { id })
      await begin(id, 2, 1)
      const { streams } = actors.backends
      const piece = { channel: 'stdout', bytes: Buffer.from('x'), at: 0 }
      for (const attempt of [1, 2]) await streams.append(`${id}.${attempt}`, [piece])
      await streams.append(`${id}.1.artifacts`, [piece])
      expect(await record(id, 2)).toEqual({ state: 'succeeded' })
      await eventually(async () => expect(await streams.extents(`${id}.1`)).toEqual([]))
      await eventually(async () => expect(await streams.extents(`${id}.1.artifacts`)).toEqual([]))
      expect(await streams.extents(`${id}.2`)).toHaveLength(1)
      expect(await record(id, 2)).toEqual({ state: 'succeeded' })
      expect(await get(id)).toMatchObject({ attempt: 2, state: 'succeeded', message: 'Ended with exit code 0.' })
    })

    it('leaves a run without retries failed, with cause infrastructure, and its slot free', async () => {
      const { id } = await submit()
      await call(actors.broker, executions.schedule, { id })
      await begin(id, 1, 1)
      await expect(begin(id, 1, 2)).rejects.toThrow(refusal('NOT_RUNNABLE', 409))
      expect(await get(id)).toMatchObject({ state: 'failed', cause: 'infrastructure' })
      await eventually(async () => expect(await queue()).toMatchObject({ length: 0, running: 0 }))
    })
  })

  it('clear away what earlier attempts printed, what was sent in, and all that a deleted run leaves', async () => {
    const { streams } = actors.backends
    const { id } = await submit()
    const left = async (key: string) => (await streams.extents(key)).length
    await call(actors.broker, executions.cancel, { id })
    const piece = { channel: 'stdout', bytes: Buffer.from('x'), at: 0 }
    const keys = [`${id}.1`, `${id}.1.artifacts`, `${id}.in`]
    for (const key of keys) await streams.append(key, [piece])
    await call(actors.broker, executions.remove, { id })
    await eventually(async () => expect(await Promise.all(keys.map(left))).toEqual([0, 0, 0]))
  })
})
