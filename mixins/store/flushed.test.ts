import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '../sqlite/database.ts'
import { scratch } from '../sqlite/scratch.ts'
import { sqliteOutbox } from './outbox-sqlite.ts'
import { sqliteDocuments } from './sqlite.ts'

describe('what was written and is not on the disk yet', () => {
  const file = scratch()
  const disk = Promise.withResolvers<void>()
  afterAll(() => file.discard())

  // Its disk takes what was asked of it when the test says.
  const slow = {
    write: (...args: Parameters<Database['write']>) => file.database.write(...args),
    all: (sql: string, ...values: never[]) => file.database.all(sql, ...values),
    get: (sql: string, ...values: never[]) => file.database.get(sql, ...values),
    run: (sql: string, ...values: never[]) => file.database.run(sql, ...values),
    flushed: () => disk.promise,
  } as unknown as Database

  it('is told to nobody before it is', async () => {
    const outbox = sqliteOutbox(slow)
    const store = sqliteDocuments(slow, outbox)
    await store.declare({ name: 'pets' })
    const message = { id: 'a', key: 'a', type: 'things.made', headers: {}, payload: null }
    await file.database.write(() => outbox.place('things', [message]))
    await store.insert('pets', { id: 'a', rev: 1 }, [])
    const told: string[] = []
    const asked = [
      store.get('pets', 'a').then((pet) => told.push(`get ${pet?.id}`)),
      store.find('pets', { limit: 9 }).then((pets) => told.push(`find ${pets.length}`)),
      store.count('pets', {}).then((pets) => told.push(`count ${pets}`)),
      Array.fromAsync(outbox.left([])).then(([page]) => told.push(`leave ${page?.[0]?.letters.length}`)),
    ]
    await pause(20)
    expect(told).toEqual([])
    disk.resolve()
    await Promise.all(asked)
    expect(told.toSorted()).toEqual(['count 1', 'find 1', 'get a', 'leave 1'])
  })
})
