import { setTimeout as pause } from 'node:timers/promises'
import { scratch } from '../sqlite/scratch.ts'
import { contentionSuite } from './contention.suite.ts'
import { type QueueHarness, queueSuite } from './queue.suite.ts'
import type { Job, WorkQueue } from './queue.ts'
import { sqliteQueues } from './sqlite.ts'

const open = async (): Promise<QueueHarness> => {
  const file = scratch()
  let queues = sqliteQueues(file.database)
  return {
    queue: (name) => queues(name),
    async restart() {
      queues = sqliteQueues(await file.reopen())
    },
    close: () => file.discard(),
  }
}

queueSuite('SQLite', open)
contentionSuite('SQLite', open)

describe('a work queue of which one process owns the file', () => {
  it('hands out again at once what a killed process held, with the next attempt', async () => {
    const harness = await open()
    await harness.queue('work').add({ id: 'a', payload: null, priority: 0 })
    const [old] = await harness.queue('work').take('worker', 1, 60_000)
    await harness.restart()
    const queue = harness.queue('work')
    expect(await queue.stats()).toMatchObject({ waiting: 1, running: 0 })
    await queue.ready(20_000)
    expect(await queue.take('worker', 1, 60_000)).toMatchObject([{ id: 'a', attempt: 2 }])
    expect(await queue.ack(old!)).toBe(false)
    await harness.close()
  })

  it('hands a job to who waits for it by the write that adds it', async () => {
    const harness = await open()
    const queue = harness.queue('work')
    let free = 1
    const took = (jobs: number) => {
      free -= jobs
    }
    const given = queue.ready(20_000, { consumer: 'worker', leaseMs: 60_000, free: () => free, took })
    await queue.add({ id: 'a', payload: 7, priority: 0 })
    expect(await queue.stats()).toMatchObject({ waiting: 0, running: 1 })
    expect(await given).toMatchObject([{ id: 'a', payload: 7, attempt: 1 }])
    expect(free).toBe(0)
    await harness.close()
  })

  it.each([
    ['was given back', (queue: WorkQueue, urgent: Job) => queue.release(urgent)],
    ['has failed', (queue: WorkQueue, urgent: Job) => queue.fail(urgent, 'no', { retryInMs: 0 })],
  ])('gives who waits nothing before a more urgent job that %s at the same moment', async (_, giveBack) => {
    const harness = await open()
    const queue = harness.queue('work')
    await queue.add({ id: 'urgent', payload: null, priority: 0 })
    const [urgent] = await queue.take('other', 1, 60_000)
    const claim = { consumer: 'worker', leaseMs: 60_000, free: () => 1, took: () => undefined }
    const given = queue.ready(20_000, claim)
    await Promise.all([giveBack(queue, urgent!), queue.add({ id: 'late', payload: null, priority: 9 })])
    expect(await given).toEqual([])
    expect(await queue.take('worker', 2, 60_000)).toMatchObject([{ id: 'urgent' }, { id: 'late' }])
    await harness.close()
  })

  it('gives who waits nothing before a more urgent job that is due', async () => {
    const harness = await open()
    const queue = harness.queue('work')
    await queue.add({ id: 'urgent', payload: null, priority: 0, delayMs: 30 })
    const claim = { consumer: 'worker', leaseMs: 60_000, free: () => 1, took: () => undefined }
    const given = queue.ready(20_000, claim)
    // No timer runs meanwhile, so that nobody has noticed that it is due.
    for (const until = Date.now() + 40; Date.now() < until; );
    await queue.add({ id: 'late', payload: null, priority: 9 })
    expect(await given).toEqual([])
    expect(await queue.take('worker', 2, 60_000)).toMatchObject([{ id: 'urgent' }, { id: 'late' }])
    await harness.close()
  })

  describe('keeps who waits', () => {
    const waiting = (queue: WorkQueue, timeoutMs = 20_000) => {
      const worker = { free: 1, jobs: [] as Job[] }
      const took = (jobs: number) => {
        worker.free -= jobs
      }
      const over = queue.ready(timeoutMs, { consumer: 'worker', leaseMs: 60_000, free: () => worker.free, took })
      return { worker, over }
    }

    it('for a job that is to come, and for no other', async () => {
      const harness = await open()
      const queue = harness.queue('work')
      expect(queue.reserve()).toBeNull()
      const { worker, over } = waiting(queue)
      const reserved = queue.reserve()
      expect([reserved?.consumer, worker.free, queue.reserve()]).toEqual(['worker', 0, null])
      await Promise.all([
        queue.add({ id: 'other', payload: 1, priority: 0 }),
        reserved?.add({ id: 'a', payload: 7, priority: 9 }),
      ])
      expect(await over).toMatchObject([{ id: 'a', payload: 7, attempt: 1 }])
      expect(await queue.stats()).toMatchObject({ waiting: 1, running: 1 })
      await harness.close()
    })

    it('also when its wait is over before the job is written', async () => {
      const harness = await open()
      const queue = harness.queue('work')
      const { over } = waiting(queue, 1)
      const reserved = queue.reserve()
      await pause(30)
      await reserved?.add({ id: 'a', payload: 7, priority: 0 })
      expect(await over).toMatchObject([{ id: 'a' }])
      await harness.close()
    })

    it('never while another job may go first', async () => {
      const harness = await open()
      const queue = harness.queue('work')
      const { over } = waiting(queue)
      await queue.add({ id: 'due', payload: null, priority: 0, delayMs: 1 })
      for (const until = Date.now() + 5; Date.now() < until; );
      expect(queue.reserve()).toBeNull()
      await over
      await harness.close()
    })

    it('no longer, when the job could not be written', async () => {
      const file = scratch()
      const queue = sqliteQueues(file.database)('work')
      const { worker, over } = waiting(queue)
      const reserved = queue.reserve()
      await file.database.write(() =>
        file.database.run(`create trigger refuse before insert on job begin select raise(abort, 'no'); end`),
      )
      await expect(reserved?.add({ id: 'a', payload: 7, priority: 0 })).rejects.toThrow('no')
      expect(worker.free).toBe(1)
      await file.database.write(() => file.database.run('drop trigger refuse'))
      await queue.add({ id: 'b', payload: 8, priority: 0 })
      expect(await over).toMatchObject([{ id: 'b' }])
      await file.discard()
    })
  })

  it('takes back from who waits what a failed write had given', async () => {
    const file = scratch()
    const queue = sqliteQueues(file.database)('work')
    let free = 1
    const took = (jobs: number) => {
      free -= jobs
    }
    const given = queue.ready(20_000, { consumer: 'worker', leaseMs: 60_000, free: () => free, took })
    // What refers to nothing is refused by the commit itself, after everything else has been done.
    await file.database.write(() => {
      file.database.run('create table parent(n integer primary key)')
      file.database.run('create table child(n references parent deferrable initially deferred)')
      file.database.run('create trigger refuse after insert on job begin insert into child values(1); end')
    })
    await expect(queue.add({ id: 'a', payload: 7, priority: 0 })).rejects.toThrow('FOREIGN KEY')
    await file.database.write(() => file.database.run('drop trigger refuse'))
    expect(free).toBe(1)
    await queue.add({ id: 'a', payload: 8, priority: 0 })
    expect(await given).toMatchObject([{ id: 'a', payload: 8 }])
    await file.discard()
  })

  it('gives everybody who asks for a name the same queue', async () => {
    const harness = await open()
    const woken = harness.queue('work').ready(20_000)
    await harness.queue('work').add({ id: 'a', payload: null, priority: 0 })
    await woken
    expect(harness.queue('work')).toBe(harness.queue('work'))
    await harness.close()
  })
})
