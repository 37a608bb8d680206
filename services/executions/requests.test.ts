import { type Actors, startActors } from '../../config/testing.ts'
import { call } from '../../mixins/contract/contract.ts'
import { traceIn } from '../../mixins/contract/trace.ts'
import { eventually } from '../../test/eventually.ts'
import coordinatorService from '../coordinator/coordinator.service.ts'
import resultsService from '../results/results.service.ts'
import runsService from '../runs/runs.service.ts'
import { executions, type Submission } from './executions.contract.ts'
import executionsService from './executions.service.ts'

const hello: Submission = { language: 'python', source: 'print(1)' }

describe('a run that a message asks for', () => {
  let actors: Actors

  beforeEach(async () => {
    actors = await startActors([executionsService, coordinatorService, resultsService, runsService], {
      settings: { queueLimit: 5 },
    })
  })
  afterEach(() => actors.discard())

  const submit = () => call(actors.broker, executions.submit, hello)
  const list = (query = {}) => call(actors.broker, executions.list, query)
  const cancel = (id: string) => call(actors.broker, executions.cancel, { id })

  const ask = (id: string, payload: object, headers: Record<string, string> = {}) =>
    actors.backends.topics.append('executions.requests', [
      { id, key: '', type: 'executions.requested', headers, payload },
    ])
  const seen = () =>
    eventually(async () => expect(await actors.backends.topics.lag('executions.requests', 'executions')).toBe(0))
  const letters = async () => {
    const extents = await actors.backends.topics.extent('executions.requests.dead')
    const pages = extents.map(({ partition }) =>
      actors.backends.topics.read('executions.requests.dead', partition, 0, 10),
    )
    return (await Promise.all(pages)).flat().map(({ payload }) => payload as { error: { type: string; data: unknown } })
  }

  it('is accepted once, however often the message comes, and every fact names the message', async () => {
    for (const _ of [1, 2, 3]) await ask('order-17', { ...hello, labels: { order: '17' } })
    await seen()
    const { items } = await list()
    expect(items).toMatchObject([{ state: 'queued', language: 'python', labels: { order: '17' } }])
    const [fact] = await actors.backends.topics
      .extent('executions.events')
      .then(([extent]) => actors.backends.topics.read('executions.events', extent!.partition, 0, 1))
    expect(fact!.payload).toMatchObject({ executionId: items[0]!.id, request: 'order-17' })
  })

  it('is buried with the reason when it cannot be run, and the next one goes on', async () => {
    await ask('bad-1', { language: 'python' })
    await ask('bad-2', { language: 'cobol', source: '' })
    await ask('bad-3', { language: 'python', source: '', more: 1 })
    await ask('bad-4', { language: 'python', files: [{ path: '../x', content: '' }] })
    await ask('good', hello)
    await ask('good', { ...hello, source: 'another' })
    await seen()
    expect((await list()).items).toHaveLength(1)
    const found = await letters()
    expect(found.map(({ error }) => error.type).toSorted()).toEqual([
      ...['IDEMPOTENCY_CONFLICT', 'INVALID_REQUEST', 'INVALID_REQUEST', 'UNKNOWN_LANGUAGE', 'VALIDATION_ERROR'],
    ])
  })

  it('waits while the line is full, and is not buried for it', async () => {
    const runs = await Promise.all(Array.from({ length: 5 }, () => submit()))
    await ask('late', hello)
    await cancel(runs[0]!.id)
    await seen()
    expect((await list({ state: 'queued' })).items).toHaveLength(5)
    expect(await letters()).toEqual([])
  })

  it('is a part of the trace that the message is a part of, and so is every fact of it', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c'
    await ask('traced', hello, { traceparent: `00-${trace}-b7ad6b7169203331-01` })
    await seen()
    const { items } = await list()
    await cancel(items[0]!.id)
    const [extent] = await actors.backends.topics.extent('executions.events')
    const facts = await actors.backends.topics.read('executions.events', extent!.partition, 0, 10)
    expect(facts.map(({ type, headers }) => [type, headers.version, traceIn(headers.traceparent)])).toEqual([
      ['executions.queued', '1', trace],
      ['executions.ended', '1', trace],
    ])
  })
})
