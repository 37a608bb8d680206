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
import { RUNS_QUEUE } from './runs.jobs.ts'
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
  const jobs = () => actors.backends.queue(RUNS_QUEUE)
  const run = async () =>
    ended((await call(actors.broker, executions.submit, { language: 'python', source: 'print(1)' })).id)
  it('is handed to its sandbox before it is written, and then runs like every other', async () => {
    const { id, state, stdout, timeline } = await run()
    expect(told).toEqual([`${id}-1`])
    expect({ state, stdout }).toEqual({ state: 'succeeded', stdout: '1\n' })
    expect(timeline.map(({ event }) => event)).toEqual(['queued', 'scheduled', 'running', 'succeeded'])
  })

  it('is written as running, with the run and its job, where its worker waits', async () => {
    const { timeline, createdAt, startedAt } = await run()
    expect(startedAt).toBe(createdAt)
    expect(new Set(timeline.slice(0, 3).map(({ at }) => at)).size).toBe(1)
    expect(timeline[2]).toMatchObject({ event: 'running', node: actors.broker.nodeID, attempt: 1 })
  })

  it('is not begun when its job does not come', async () => {
    const { id, attempt, language, version, limits } = await run()
    begun.length = 0
    whisper(actors.broker, ExecutionExpected, {
      executionId: id,
      order: {
        ...{ attempt, language, version, limits, interactive: false },
        submission: { language, files: [{ path: 'main.py', content: 'print(2)' }], entry: 'main.py' },
        ...{ output: outputKey(id, attempt), input: inputKey(id), artifacts: artifactsKey(id, attempt) },
      },
    })
    await sleep(300)
    expect(begun).toEqual([])
  })

  it('waits again, and runs as another attempt, when its job could not be written', async () => {
    const queue = jobs()
    const reserve = queue.reserve.bind(queue)
    queue.reserve = () => {
      queue.reserve = reserve
      return { consumer: actors.broker.nodeID, add: () => Promise.reject(new TypeError('no room')) }
    }
    const { id, state, attempt, timeline } = await run()
    expect({ state, attempt }).toEqual({ state: 'succeeded', attempt: 2 })
    expect(timeline.map(({ event }) => event)).toContain('handed back')
    expect(begun.map((program) => program.id)).toEqual([`${id}-2`])
  })

  it('is not begun when it could not be written itself', async () => {
    const { store } = actors.backends
    const insert = store.insert.bind(store)
    store.insert = () => Promise.reject(new TypeError('no room'))
    const submission = { language: 'python', source: 'import time\ntime.sleep(60)' }
    await expect(call(actors.broker, executions.submit, submission)).rejects.toThrow('no room')
    store.insert = insert
    await eventually(async () => expect(await jobs().stats()).toMatchObject({ waiting: 0, running: 0 }))
    expect(begun).toEqual([])
  })
})
