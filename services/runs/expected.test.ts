import { setTimeout as sleep } from 'node:timers/promises'
import { type Actors, type Machine, openMachine, startActors } from '../../config/testing.ts'
import { call, whisper } from '../../mixins/contract/contract.ts'
import type { Program } from '../../mixins/executor/executor.ts'
import { eventually } from '../../test/eventually.ts'
import coordinatorService from '../coordinator/coordinator.service.ts'
import { type ExecutionView, executions } from '../executions/executions.contract.ts'
import { ExecutionExpected } from '../executions/executions.events.ts'
import executionsService from '../executions/executions.service.ts'
import { artifactsKey, inputKey, outputKey } from '../executions/executions.streams.ts'
import { live } from '../live/live.contract.ts'
import liveService from '../live/live.service.ts'
import resultsService from '../results/results.service.ts'
import { RUNS_QUEUE, startRunId } from './runs.jobs.ts'
import runsService from './runs.service.ts'

const services = [executionsService, coordinatorService, resultsService, liveService, runsService]
const machine: Machine = await openMachine()
const here = machine.refusal === null ? describe : describe.skip

afterAll(() => machine.close())

here('a run that its worker expects', () => {
  let actors: Actors
  const told: string[] = []
  const begun: Program[] = []

  beforeAll(async () => {
    const { executor } = machine
    const watched: Machine = {
      ...machine,
      executor: {
        open: () => executor.open(),
        checks: () => executor.checks(),
        close: () => executor.close(),
        expect: (program) => {
          told.push(program.id)
          executor.expect(program)
        },
        start: (program, sink) => {
          begun.push(program)
          return executor.start(program, sink)
        },
      },
    }
    actors = await startActors(services, { machine: watched })
  })
  afterAll(() => actors.discard())
  beforeEach(() => {
    told.length = 0
    begun.length = 0
  })

  const ended = async (id: string): Promise<ExecutionView> => {
    await eventually(async () => {
      const found = await call(actors.broker, live.settled, { id, waitMs: 4000 })
      if (!found.ended) throw new TypeError(`It is still ${found.state}.`)
    })
    return call(actors.broker, executions.get, { id })
  }
  const run = async () =>
    ended((await call(actors.broker, executions.submit, { language: 'python', source: 'print(1)' })).id)
  /** As if a run that the record knows were about to be written. */
  const announce = ({ id, attempt, language, version, limits }: ExecutionView, source: string) =>
    whisper(actors.broker, ExecutionExpected, {
      executionId: id,
      order: {
        ...{ attempt, language, version, limits, interactive: false },
        submission: { language, files: [{ path: 'main.py', content: source }], entry: 'main.py' },
        ...{ output: outputKey(id, attempt), input: inputKey(id), artifacts: artifactsKey(id, attempt) },
      },
    })
  // Its first job is there until its worker has acknowledged it.
  const placeAnew = ({ id, attempt }: ExecutionView) =>
    eventually(async () => {
      const payload = { executionId: id, attempt }
      expect(await queue().add({ id: startRunId(id, attempt), payload, priority: 2 })).toBe('added')
    })
  const queue = () => actors.backends.queue(RUNS_QUEUE)

  it('is handed to its sandbox before it is written, and then runs like every other', async () => {
    const { id, state, stdout, timeline } = await run()
    expect(told).toEqual([`${id}-1`])
    expect({ state, stdout }).toEqual({ state: 'succeeded', stdout: '1\n' })
    expect(timeline.map(({ event }) => event)).toEqual(['queued', 'scheduled', 'running', 'succeeded'])
  })

  it('is not begun when its job does not come', async () => {
    const other = await run()
    begun.length = 0
    announce(other, 'print(2)')
    await sleep(300)
    expect(begun).toEqual([])
  })

  it('is ended, and nothing that it did is kept, when the record refuses its start', async () => {
    const over = await run()
    begun.length = 0
    announce(over, 'print("never kept", flush=True)')
    await placeAnew(over)
    await eventually(async () => {
      const { waiting, running } = await queue().stats()
      expect({ begun: begun.length, jobs: waiting + running }).toEqual({ begun: 1, jobs: 0 })
    })
    expect(await call(actors.broker, executions.get, { id: over.id })).toEqual(over)
    expect(await actors.backends.streams.extents(outputKey(over.id, 1))).toEqual([{ channel: 'stdout', bytes: 2 }])
  })
})
