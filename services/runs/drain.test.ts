import type { ServiceSchema } from 'moleculer'
import { type Actors, type Machine, openMachine, startActors } from '../../config/testing.ts'
import { call } from '../../mixins/contract/contract.ts'
import { eventually } from '../../test/eventually.ts'
import coordinatorService from '../coordinator/coordinator.service.ts'
import { executions } from '../executions/executions.contract.ts'
import executionsService from '../executions/executions.service.ts'
import resultsService from '../results/results.service.ts'
import runsService from './runs.service.ts'

const services = [executionsService, coordinatorService, resultsService, runsService]
const machine: Machine = await openMachine()
const here = machine.refusal === null ? describe : describe.skip
const LONG = 'import time; print("begun", flush=True); time.sleep(600)'

afterAll(() => machine.close())

here('a worker that leaves', () => {
  let actors: Actors

  beforeAll(async () => {
    actors = await startActors(services, { machine })
  })
  afterAll(() => actors.discard())

  const get = (id: string) => call(actors.broker, executions.get, { id })
  const leave = (name: string) => actors.broker.destroyService(actors.broker.getLocalService(name))
  const come = async (service: ServiceSchema) => {
    actors.broker.createService(service)
    await actors.broker.waitForServices(service.name)
  }

  it('has its runs repeated, whatever their policy, be it that nobody was there to be told', async () => {
    const { id } = await call(actors.broker, executions.submit, { language: 'python', source: LONG })
    await eventually(async () => expect((await get(id)).stdout).toBe('begun\n'))
    await leave('executions')
    await leave('runs')
    await come(executionsService)
    await come(runsService)
    await eventually(async () => expect(await get(id)).toMatchObject({ attempt: 2, stdout: 'begun\n' }))
    const { timeline } = await get(id)
    expect(timeline.map(({ event }) => event)).toEqual([
      'queued',
      'scheduled',
      'running',
      'handed back',
      'queued',
      'scheduled',
      'running',
    ])
    await call(actors.broker, executions.cancel, { id })
    await eventually(async () => expect((await get(id)).state).toBe('cancelled'))
  })
})
