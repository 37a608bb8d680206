import { setTimeout as pause } from 'node:timers/promises'
import { type Actors, startActors } from '../../config/testing.ts'
import { call } from '../../mixins/contract/contract.ts'
import coordinatorService from '../coordinator/coordinator.service.ts'
import resultsService from '../results/results.service.ts'
import runsService from '../runs/runs.service.ts'
import { executions } from './executions.contract.ts'
import executionsService from './executions.service.ts'

describe('an answer about a run', () => {
  let actors: Actors

  beforeAll(async () => {
    actors = await startActors([executionsService, coordinatorService, resultsService, runsService])
  })
  afterAll(() => actors.discard())

  const get = (id: string) => call(actors.broker, executions.get, { id })

  it('is given once what it was read from is on the disk, also that there is none', async () => {
    const { id } = await call(actors.broker, executions.submit, { language: 'python', source: 'print(1)' })
    const disk = Promise.withResolvers<void>()
    actors.backends.store.flushed = () => disk.promise
    const told: string[] = []
    const asked = [get(id).then(() => told.push('found')), get('none').catch(() => told.push('none'))]
    await pause(20)
    expect(told).toEqual([])
    disk.resolve()
    await Promise.all(asked)
    expect(told.toSorted()).toEqual(['found', 'none'])
  })
})
