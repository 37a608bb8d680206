import { seeded } from '../../test/random.ts'
import { PlainQueue } from './plain-queue.ts'
import type { QueueHarness } from './queue.suite.ts'
import type { Job, WorkQueue } from './queue.ts'

const LEASE = 60_000

/** What must hold of a work queue when many use it at once, and how fast it wakes them. */
export const contentionSuite = (backend: string, open: () => Promise<QueueHarness>): void => {
  describe(`a busy work queue on ${backend}`, () => {
    let harness: QueueHarness
    let queue: WorkQueue

    beforeEach(async () => {
      harness = await open()
      queue = harness.queue('work')
    })
    afterEach(() => harness.close())

    const add = (id: string, delayMs = 0) => queue.add({ id, payload: null, priority: 0, delayMs })

    const wakesWithin = async (ms: number, cause: () => unknown) => {
      const start = performance.now()
      const woken = queue.ready(120_000)
      await cause()
      await woken
      expect(performance.now() - start).toBeLessThan(ms)
    }

    it('gives every job to exactly one of many workers', async () => {
      const ids = Array.from({ length: 500 }, (_, n) => `job-${n}`)
      await Promise.all(ids.map((id) => add(id)))
      const taken: string[] = []
      const worker = async (name: string) => {
        for (let jobs = await queue.take(name, 3, LEASE); jobs.length > 0; jobs = await queue.take(name, 3, LEASE)) {
          taken.push(...jobs.map(({ id }) => id))
          const acknowledged = await Promise.all(jobs.map((job) => queue.ack(job)))
          expect(acknowledged).not.toContain(false)
        }
      }
      await Promise.all(Array.from({ length: 8 }, (_, n) => worker(`worker-${n}`)))
      expect(taken.toSorted()).toEqual(ids.toSorted())
    })

    it('is ready at once when there is a job', async () => {
      await add('a')
      await wakesWithin(60_000, () => undefined)
    })

    it('wakes who waits when a job is added', () => wakesWithin(60_000, () => add('a')))

    it('wakes who waits when a job is released, failed or revived', async () => {
      const turn = async (change: (job: Job) => Promise<unknown>) => {
        const [job] = await queue.take('worker', 1, LEASE)
        await wakesWithin(60_000, () => change(job!))
      }
      await add('a')
      await turn((job) => queue.release(job))
      await turn((job) => queue.fail(job, 'no', { retryInMs: 0 }))
      await turn(async (job) => {
        await queue.fail(job, 'no', 'bury')
        await queue.revive('a')
      })
    })

    it('wakes who waits when a delay is over and when a lease is', async () => {
      await add('delayed', 50)
      await wakesWithin(60_000, () => undefined)
      const [job] = await queue.take('worker', 1, 50)
      expect(job?.id).toBe('delayed')
      await wakesWithin(60_000, () => undefined)
      expect(await queue.take('worker', 1, LEASE)).toMatchObject([{ id: 'delayed', attempt: 2 }])
    })

    it('gives who waits with a claim no more than it is free for, and nobody else the same', async () => {
      const taken: Job[] = []
      const waiter = async (consumer: string) => {
        let free = 2
        const took = (jobs: number) => {
          free -= jobs
        }
        const jobs = await queue.ready(120_000, { consumer, leaseMs: LEASE, free: () => free, took })
        expect(free).toBe(2 - jobs.length)
        taken.push(...jobs, ...(await queue.take(consumer, free, LEASE)))
      }
      const waiters = Promise.all(['one', 'two'].map(waiter))
      const ids = ['a', 'b', 'c', 'd', 'e', 'f']
      await Promise.all(ids.map((id) => add(id)))
      await waiters
      const left = await queue.take('last', 10, LEASE)
      expect(taken.length).toBeLessThanOrEqual(4)
      expect([...taken, ...left].map(({ id }) => id).toSorted()).toEqual(ids)
      expect(await Promise.all([...taken, ...left].map((job) => queue.ack(job)))).not.toContain(false)
    })

    it('gives up waiting after the timeout', async () => {
      const start = performance.now()
      await queue.ready(50)
      expect(performance.now() - start).toBeGreaterThan(40)
    })

    it('does what plain lists would do, over any sequence of calls', async () => {
      await seeded(async (random) => {
        const plain = new PlainQueue()
        const held: Job[] = []
        const steps = {
          add: async (id: string) => {
            const priority = random.below(3)
            expect(await queue.add({ id, payload: id, priority })).toBe(plain.add(id, priority))
          },
          take: async () => {
            const jobs = await queue.take('worker', 1 + random.below(3), LEASE)
            const expected = plain.take(jobs.length)
            expect(jobs.map(({ id, attempt }) => [id, attempt])).toEqual(
              expected.map(({ id, attempt }) => [id, attempt]),
            )
            held.push(...jobs)
          },
          end: async () => {
            const [job] = held.splice(random.below(held.length), 1)
            const isBuried = random.chance(0.5)
            if (!job) return
            expect(await (isBuried ? queue.fail(job, 'no', 'bury') : queue.ack(job))).toBe(true)
            plain.end(job.id, isBuried)
          },
          remove: async (id: string) => expect(await queue.remove(id)).toBe(plain.remove(id)),
          revive: async (id: string) => expect(await queue.revive(id)).toBe(plain.revive(id)),
        }
        for (let step = 0; step < 400; step++) {
          await steps[random.pick(['add', 'add', 'take', 'end', 'remove', 'revive'] as const)](
            `job-${random.below(20)}`,
          )
          const [waiting, running, dead] = [plain.waiting.length, plain.running.length, plain.dead.length]
          expect(await queue.stats()).toEqual({ waiting, delayed: 0, running, dead })
        }
      })
    })
  })
}
