import { eventually } from '../../test/eventually.ts'
import { scratch } from '../sqlite/scratch.ts'
import type { Job, Reservation, WorkQueue } from './queue.ts'
import { sqliteQueues } from './sqlite.ts'
import { type Outcome, Worker, type WorkerOptions } from './worker.ts'

describe('a worker', () => {
  let file: ReturnType<typeof scratch>
  let queue: WorkQueue
  let workers: Worker[]
  let warnings: string[]

  beforeEach(() => {
    file = scratch()
    queue = sqliteQueues(file.database)('work')
    workers = []
    warnings = []
  })
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop()))
    await file.discard()
  })

  const start = (work: WorkerOptions['work'], options: Partial<WorkerOptions> = {}) => {
    const worker = new Worker({
      queue,
      consumer: 'worker',
      leaseMs: 60_000,
      slots: () => 2,
      work,
      failed: ({ attempt }) => (attempt < 3 ? { retryInMs: 0 } : 'bury'),
      logger: { warn: (_, message) => warnings.push(message) },
      drainMs: 50,
      ...options,
    })
    workers.push(worker)
    worker.start()
    return worker
  }
  const add = (...ids: string[]) => Promise.all(ids.map((id) => queue.add({ id, payload: null, priority: 0 })))
  const empty = { waiting: 0, delayed: 0, running: 0, dead: 0 }

  /** Work that ends when the test says so. */
  const gate = () => {
    const open = new Map<string, (outcome: Outcome) => void>()
    const work = (job: Job) => new Promise<Outcome>((resolve) => open.set(job.id, resolve))
    return { open, work }
  }

  it('does every job and acknowledges it', async () => {
    const done: string[] = []
    start(async (job) => {
      done.push(job.id)
      return 'done'
    })
    await add('a', 'b', 'c', 'd', 'e')
    await eventually(async () => expect(await queue.stats()).toEqual(empty))
    expect(done.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('never holds more jobs than it has slots, and takes the next when one is free', async () => {
    const { open, work } = gate()
    start(work)
    await add('a', 'b', 'c')
    await eventually(() => expect([...open.keys()]).toEqual(['a', 'b']))
    expect(await queue.stats()).toMatchObject({ waiting: 1, running: 2 })
    open.get('a')!('done')
    await eventually(() => expect([...open.keys()]).toEqual(['a', 'b', 'c']))
    for (const end of open.values()) end('done')
  })

  it('takes more as soon as it is told of more slots', async () => {
    const { open, work } = gate()
    let slots = 0
    const worker = start(work, { slots: () => slots })
    await add('a')
    expect(open.size).toBe(0)
    slots = 1
    worker.wake()
    await eventually(() => expect(open.size).toBe(1))
    open.get('a')!('done')
  })

  it('gives a job back that its work releases', async () => {
    let first = true
    const attempts: number[] = []
    start(async (job) => {
      attempts.push(job.attempt)
      const outcome = first ? 'release' : 'done'
      first = false
      return outcome
    })
    await add('a')
    await eventually(async () => expect(await queue.stats()).toEqual(empty))
    expect(attempts).toEqual([1, 1])
  })

  it('lets the policy decide about failed work, and goes on', async () => {
    start(async ({ id }) => {
      if (id === 'bad') throw new TypeError('no')
      return 'done'
    })
    await add('bad', 'good')
    await eventually(async () => expect(await queue.stats()).toEqual({ ...empty, dead: 1 }))
    expect(await queue.dead(1)).toMatchObject([{ id: 'bad', attempts: 3, error: 'TypeError: no' }])
  })

  it('holds the lease for as long as the work lasts', async () => {
    const { open, work } = gate()
    start(work, { leaseMs: 2000 })
    await add('a')
    await eventually(() => expect(open.size).toBe(1))
    const until = Date.now() + 3000
    while (Date.now() < until) {
      expect(await queue.take('thief', 1, 60_000)).toEqual([])
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    open.get('a')!('done')
    await eventually(async () => expect(await queue.stats()).toEqual(empty))
  })

  it('tells the work when its lease was lost, and then changes nothing', async () => {
    const reasons: string[] = []
    const extend = queue.extend.bind(queue)
    queue.extend = () => Promise.reject(new TypeError('unreachable'))
    const untilLost = (lost: AbortSignal) =>
      new Promise<Outcome>((resolve) => lost.addEventListener('abort', () => resolve('done')))
    // Once it has the job it takes no other, so that the lost one is the thief's.
    let slots = 1
    const work = async (_: Job, lost: AbortSignal) => {
      slots = 0
      const outcome = await untilLost(lost)
      reasons.push(lost.reason.message)
      return outcome
    }
    start(work, { leaseMs: 100, slots: () => slots })
    await add('a')
    await eventually(() => expect(slots).toBe(0))
    const stolen: Job[] = []
    await eventually(async () => {
      stolen.push(...(await queue.take('thief', 1, 60_000)))
      expect(stolen).toMatchObject([{ id: 'a', attempt: 2 }])
    })
    await eventually(() => expect(reasons[0]).toBe('The lease was lost.'))
    queue.extend = extend
    expect(await queue.ack(stolen[0]!)).toBe(true)
    expect(warnings).toContain('leases could not be renewed')
  })

  it('survives a queue that cannot be reached', async () => {
    const take = queue.take.bind(queue)
    let failures = 3
    queue.take = (...args) => (failures-- > 0 ? Promise.reject(new TypeError('unreachable')) : take(...args))
    const ack = queue.ack.bind(queue)
    let refusals = 2
    queue.ack = (job) => (refusals-- > 0 ? Promise.reject(new TypeError('unreachable')) : ack(job))
    start(async () => 'done')
    await add('a')
    await eventually(async () => expect(await queue.stats()).toEqual(empty))
  })

  it('takes nothing more when it stops, and waits for the work under way', async () => {
    const { open, work } = gate()
    const worker = start(work, { slots: () => 1, drainMs: 20_000 })
    await add('a', 'b')
    await eventually(() => expect(open.size).toBe(1))
    const stopped = worker.stop()
    open.get('a')!('done')
    await stopped
    expect(await queue.stats()).toEqual({ ...empty, waiting: 1 })
    expect(open.size).toBe(1)
  })

  it('does the job that it was kept for, though it is to stop before that is written', async () => {
    const { open, work } = gate()
    const worker = start(work, { drainMs: 20_000 })
    let reserved: Reservation | null = null
    await eventually(() => {
      reserved ??= queue.reserve()
      expect(reserved).not.toBeNull()
    })
    const stopped = worker.stop()
    await (reserved as Reservation | null)?.add({ id: 'a', payload: null, priority: 0 })
    await eventually(() => expect(open.size).toBe(1))
    expect(queue.reserve()).toBeNull()
    open.get('a')!('done')
    await stopped
    expect(await queue.stats()).toEqual(empty)
  })

  it('aborts at the end of its patience, and gives back what was left', async () => {
    const worker = start(
      (_, lost) => new Promise((_, reject) => lost.addEventListener('abort', () => reject(lost.reason))),
    )
    await add('a')
    await eventually(async () => expect(await queue.stats()).toMatchObject({ running: 1 }))
    await worker.stop()
    expect(await queue.stats()).toEqual({ ...empty, waiting: 1 })
    expect(await queue.take('other', 1, 1000)).toMatchObject([{ id: 'a', attempt: 1 }])
  })

  it('hands out again, as had by somebody, what could not be left as it was taken', async () => {
    const worker = start(
      (_, lost) =>
        new Promise((_, reject) => lost.addEventListener('abort', () => reject(new TypeError('nobody to tell')))),
    )
    await add('a')
    await eventually(async () => expect(await queue.stats()).toMatchObject({ running: 1 }))
    await worker.stop()
    expect(await queue.take('other', 1, 1000)).toMatchObject([{ id: 'a', attempt: 2 }])
  })
})
