import { eventually } from '../../test/eventually.ts'
import { seeded } from '../../test/random.ts'
import type { Job, WorkQueue } from './queue.ts'

export type QueueHarness = {
  queue(name: string): WorkQueue
  /** What the queue's clients see when every process that uses it has been started anew. */
  restart(): Promise<void>
  close(): Promise<void>
}

const LEASE = 60_000

/** The promises of a work queue, for any backend. */
export const queueSuite = (backend: string, open: () => Promise<QueueHarness>): void => {
  describe(`a work queue on ${backend}`, () => {
    let harness: QueueHarness
    let queue: WorkQueue

    beforeEach(async () => {
      harness = await open()
      queue = harness.queue('work')
    })
    afterEach(() => harness.close())

    const add = (id: string, priority = 0, delayMs?: number) => queue.add({ id, payload: { id }, priority, delayMs })
    const take = (max = 1, leaseMs = LEASE) => queue.take('worker', max, leaseMs)
    const one = async (leaseMs?: number): Promise<Job> => {
      let jobs: Job[] = []
      await eventually(async () => {
        jobs = jobs.length > 0 ? jobs : await take(1, leaseMs)
        expect(jobs).toHaveLength(1)
      })
      return jobs[0]!
    }

    it('hands out what was added, once', async () => {
      expect(await add('a', 2)).toBe('added')
      const [job] = await take(5)
      expect(job).toMatchObject({ id: 'a', payload: { id: 'a' }, priority: 2, attempt: 1 })
      expect(await take(5)).toEqual([])
      expect(await queue.ack(job!)).toBe(true)
      expect(await queue.stats()).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
    })

    it('keeps queues of different names apart', async () => {
      await add('a')
      expect(await harness.queue('other').take('worker', 5, LEASE)).toEqual([])
      expect(await harness.queue('other').add({ id: 'a', payload: 1, priority: 0 })).toBe('added')
      expect(await queue.stats()).toMatchObject({ waiting: 1 })
    })

    it('serves strictly by priority, then by arrival, over many jobs and many takes', async () => {
      await seeded(async (random) => {
        const added = Array.from({ length: 600 }, (_, n) => ({ id: `job-${n}`, priority: random.below(3), n }))
        for (const { id, priority } of added) await add(id, priority)
        const served: string[] = []
        for (let jobs = await take(7); jobs.length > 0; jobs = await take(7)) {
          served.push(...jobs.map(({ id }) => id))
          await Promise.all(jobs.map((job) => queue.ack(job)))
        }
        expect(served).toEqual(added.toSorted((a, b) => a.priority - b.priority || a.n - b.n).map(({ id }) => id))
      })
    })

    it('serves an urgent job before those that arrived earlier', async () => {
      await add('late', 4)
      await add('urgent', 0)
      expect((await take(2)).map(({ id }) => id)).toEqual(['urgent', 'late'])
    })

    it('never hands out more than was asked for', async () => {
      for (const id of ['a', 'b', 'c']) await add(id)
      expect(await take(2)).toHaveLength(2)
      expect(await take(0)).toEqual([])
    })

    it('refuses a second job of an id that waits, is delayed or runs, and takes it again afterwards', async () => {
      await add('waits')
      await add('delayed', 0, LEASE)
      expect(await add('waits')).toBe('duplicate')
      expect(await add('delayed')).toBe('duplicate')
      const [job] = await take()
      expect(await add('waits')).toBe('duplicate')
      await queue.ack(job!)
      expect(await add('waits')).toBe('added')
    })

    it('adds one of many that arrive at once with one id', async () => {
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => add('same')))
      expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome === 'duplicate')).toHaveLength(49)
    })

    it('never grows over its limit, however many arrive at once; a duplicate is no matter of room', async () => {
      const jobs = Array.from({ length: 40 }, (_, n) => ({ id: `job-${n}`, payload: null, priority: 0 }))
      const outcomes = await Promise.all(jobs.map((job) => queue.add(job, { limit: 10 })))
      expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(10)
      expect(outcomes.filter((outcome) => outcome === 'full')).toHaveLength(30)
      expect(await queue.add(jobs[outcomes.indexOf('added')]!, { limit: 10 })).toBe('duplicate')
      await queue.ack((await take())[0]!)
      expect(await queue.add({ id: 'next', payload: null, priority: 0 }, { limit: 10 })).toBe('added')
    })

    it('holds a delayed job back until it is due', async () => {
      await add('soon', 0, 1000)
      expect(await take()).toEqual([])
      expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 1 })
      expect((await one()).id).toBe('soon')
    })

    it('hands a job of a lost lease to another, with the next attempt', async () => {
      await add('a')
      const first = await one(40)
      const second = await one()
      expect([first.attempt, second.attempt]).toEqual([1, 2])
      expect(second.token).not.toBe(first.token)
    })

    it('fences: nothing that the old holder does has an effect', async () => {
      await add('a')
      const old = await one(40)
      const job = await one()
      expect(await queue.ack(old)).toBe(false)
      expect(await queue.release(old)).toBe(false)
      expect(await queue.fail(old, 'late', { retryInMs: 0 })).toBe(false)
      expect(await queue.fail(old, 'late', 'bury')).toBe(false)
      expect(await queue.extend([old], LEASE)).toEqual(['a'])
      expect(await queue.stats()).toEqual({ waiting: 0, delayed: 0, running: 1, dead: 0 })
      expect(await queue.ack(job)).toBe(true)
    })

    it('keeps a lease for as long as it is renewed', async () => {
      await add('a')
      const job = await one(2000)
      const until = Date.now() + 3000
      while (Date.now() < until) {
        expect(await queue.extend([job], 2000)).toEqual([])
        expect(await take()).toEqual([])
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      expect(await queue.ack(job)).toBe(true)
    })

    it('gives a released job to the next who asks, its place and its attempt unchanged', async () => {
      await add('a')
      await add('b')
      const [job] = await take()
      expect(await queue.release(job!)).toBe(true)
      expect(await queue.ack(job!)).toBe(false)
      expect(await take(2)).toMatchObject([
        { id: 'a', attempt: 1 },
        { id: 'b', attempt: 1 },
      ])
    })

    it('tries a failed job again after its pause, with the next attempt', async () => {
      await add('a')
      const [job] = await take()
      expect(await queue.fail(job!, 'no luck', { retryInMs: 1000 })).toBe(true)
      expect(await take()).toEqual([])
      expect(await one()).toMatchObject({ id: 'a', attempt: 2 })
    })

    it('buries a job with its error, and revives it with its attempts at zero', async () => {
      await add('a', 3)
      await queue.fail((await take())[0]!, 'once', { retryInMs: 0 })
      const before = Date.now()
      expect(await queue.fail(await one(), 'twice', 'bury')).toBe(true)
      expect(await queue.stats()).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 1 })
      const [dead] = await queue.dead(10)
      expect(dead).toMatchObject({ id: 'a', payload: { id: 'a' }, attempts: 2, error: 'twice' })
      expect(dead!.at).toBeGreaterThanOrEqual(before)
      expect(await queue.revive('unknown')).toBe(false)
      expect(await queue.revive('a')).toBe(true)
      expect(await queue.revive('a')).toBe(false)
      expect(await one()).toMatchObject({ id: 'a', attempt: 1, priority: 3, payload: { id: 'a' } })
      expect(await queue.dead(10)).toEqual([])
    })

    it('lists the latest dead first, and no more than asked for', async () => {
      for (const id of ['a', 'b', 'c']) {
        await add(id)
        await queue.fail(await one(), 'no', 'bury')
      }
      expect((await queue.dead(2)).map(({ id }) => id)).toEqual(['c', 'b'])
    })

    it('takes back what waits or is delayed, never what runs', async () => {
      await add('waits')
      await add('delayed', 0, LEASE)
      expect(await queue.remove('delayed')).toBe(true)
      expect(await queue.remove('unknown')).toBe(false)
      const [job] = await take()
      expect(await queue.remove('waits')).toBe(false)
      await queue.release(job!)
      expect(await queue.remove('waits')).toBe(true)
      expect(await take()).toEqual([])
    })

    it('keeps what was added, delayed and buried over a restart', async () => {
      await add('dead')
      await queue.fail(await one(), 'no', 'bury')
      await add('waits', 1)
      await add('delayed', 0, LEASE)
      await harness.restart()
      queue = harness.queue('work')
      expect(await queue.stats()).toEqual({ waiting: 1, delayed: 1, running: 0, dead: 1 })
      expect(await add('waits')).toBe('duplicate')
      expect(await one()).toMatchObject({ id: 'waits', payload: { id: 'waits' }, priority: 1, attempt: 1 })
    })
  })
}
