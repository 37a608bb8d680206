import { ServiceBroker } from 'moleculer'
import { brokerOptions } from '../../config/broker.ts'
import { attach, type Backends } from '../../mixins/backends.ts'
import { sqliteQueues } from '../../mixins/queue/sqlite.ts'
import { scratch } from '../../mixins/sqlite/scratch.ts'
import { RUNS_QUEUE } from '../runs/runs.jobs.ts'
import { StartJobs } from './start-jobs.ts'

const run = { id: 'a', attempt: 1, priority: 'normal' } as const

describe('the job upon which a run starts', () => {
  let file: ReturnType<typeof scratch>

  beforeEach(() => {
    file = scratch()
  })
  afterEach(() => file.discard())

  const open = ({ inOrder }: { inOrder: boolean }) => {
    const broker = new ServiceBroker(brokerOptions({ logLevel: null }))
    const queues = sqliteQueues(file.database)
    attach(broker, { queue: queues, inOrder } as unknown as Backends)
    return { jobs: new StartJobs(broker), queue: queues(RUNS_QUEUE) }
  }
  /** Stands for the write of the run itself. */
  const write = () => file.database.write(() => undefined)

  it('is there as soon as the write of its run is done, where writes are done in order', async () => {
    const { jobs, queue } = open({ inOrder: true })
    const written = write()
    expect(jobs.placeEarly(run)).toBe(true)
    await written
    expect(await queue.stats()).toMatchObject({ waiting: 1 })
    expect(await queue.take('worker', 1, 60_000)).toMatchObject([{ payload: { executionId: 'a', attempt: 1 } }])
  })

  it('is placed in its turn where they are not', async () => {
    const { jobs, queue } = open({ inOrder: false })
    expect(jobs.placeEarly(run)).toBe(false)
    await write()
    expect(await queue.stats()).toMatchObject({ waiting: 0 })
    await jobs.place(run)
    expect(await queue.stats()).toMatchObject({ waiting: 1 })
  })

  it('is placed once, also when a worker is through with it before its turn comes', async () => {
    const { jobs, queue } = open({ inOrder: true })
    jobs.placeEarly(run)
    await write()
    const [job] = await queue.take('worker', 1, 60_000)
    expect(await queue.ack(job!)).toBe(true)
    await jobs.place(run)
    expect(await queue.stats()).toMatchObject({ waiting: 0, running: 0 })
  })

  it('is placed in its turn when it could not be placed before', async () => {
    const { jobs, queue } = open({ inOrder: true })
    await file.database.write(() =>
      file.database.run(`create trigger refuse before insert on job begin select raise(abort, 'no'); end`),
    )
    jobs.placeEarly(run)
    await write()
    await file.database.write(() => file.database.run('drop trigger refuse'))
    await jobs.place(run)
    expect(await queue.stats()).toMatchObject({ waiting: 1 })
  })

  it('is taken back, and can be placed again', async () => {
    const { jobs, queue } = open({ inOrder: true })
    jobs.placeEarly(run)
    await jobs.withdraw(run)
    expect(await queue.stats()).toMatchObject({ waiting: 0 })
    await jobs.place(run)
    expect(await queue.stats()).toMatchObject({ waiting: 1 })
  })
})
