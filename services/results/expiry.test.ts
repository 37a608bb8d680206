import { type Actors, startActors } from '../../config/testing.ts'
import { call } from '../../mixins/contract/contract.ts'
import coordinatorService from '../coordinator/coordinator.service.ts'
import { executions } from '../executions/executions.contract.ts'
import executionsService from '../executions/executions.service.ts'
import runsService from '../runs/runs.service.ts'
import { expire } from './expiry.ts'
import resultsService from './results.service.ts'

const DAY_MS = 86_400_000

describe('the retention', () => {
  let actors: Actors
  beforeEach(async () => {
    actors = await startActors([executionsService, coordinatorService, resultsService, runsService])
  })
  afterEach(() => actors.discard())

  const submit = async () => (await call(actors.broker, executions.submit, { language: 'python', source: '' })).id
  const ended = async () => {
    const id = await submit()
    await call(actors.broker, executions.cancel, { id })
    return id
  }
  const left = async () =>
    (await call(actors.broker, executions.list, { limit: 200 })).items.map(({ id }) => id).toSorted()

  it('deletes every run that ended before it, however many, and none that has not ended', async () => {
    for (let n = 0; n < 8; n++) await ended()
    const waiting = await submit()
    const all = await left()
    await expire(actors.broker, 1, Date.now() + DAY_MS - 600_000, 3)
    expect(await left()).toEqual(all)
    await expire(actors.broker, 1, Date.now() + DAY_MS + 600_000, 3)
    expect(await left()).toEqual([waiting])
  })

  it('keeps runs for ever where it is 0', async () => {
    const id = await ended()
    await expire(actors.broker, 0, Date.now() + 1000 * DAY_MS)
    expect(await left()).toEqual([id])
  })
})
