import { scratch } from '../sqlite/scratch.ts'
import { contentionSuite } from './contention.suite.ts'
import { type QueueHarness, queueSuite } from './queue.suite.ts'
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

  it('gives everybody who asks for a name the same queue', async () => {
    const harness = await open()
    const woken = harness.queue('work').ready(20_000)
    await harness.queue('work').add({ id: 'a', payload: null, priority: 0 })
    await woken
    expect(harness.queue('work')).toBe(harness.queue('work'))
    await harness.close()
  })
})
