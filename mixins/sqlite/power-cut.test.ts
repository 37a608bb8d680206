import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

type Fs = typeof import('node:fs')
type Done = (error: Error | null) => void

// The disk is the kernel's, but takes what it is given when the test says. To be done before anything loads the module.
const fs = process.getBuiltinModule('node:fs')
const real = fs.fdatasync
const held: { inode: number; descriptor: number; done: Done }[] = []
fs.fdatasync = ((descriptor: number, done: Done) => {
  held.push({ inode: fs.fstatSync(descriptor).ino, descriptor, done })
}) as Fs['fdatasync']
afterAll(() => {
  fs.fdatasync = real
})
const { openDatabase } = await import('./database.ts')
const { scratch } = await import('./scratch.ts')
const { sqliteDocuments } = await import('../store/sqlite.ts')
const { sqliteOutbox } = await import('../store/outbox-sqlite.ts')
const { sqliteStreams } = await import('../streams/sqlite.ts')
const { sqliteTopics } = await import('../topics/sqlite.ts')

/** Lets the disk take everything, time and again until what is waited for is there. */
const taking = async <T>(awaited: Promise<T>): Promise<T> => {
  let isOver = false
  void awaited.finally(() => {
    isOver = true
  })
  while (!isOver) {
    for (const { descriptor, done } of held.splice(0)) real(descriptor, done)
    await pause(1)
  }
  return awaited
}

const message = { id: 'a', key: 'a', type: 'things.made', headers: {}, payload: null }

describe('the data file before the disk has taken what was written', () => {
  let file: ReturnType<typeof scratch>
  beforeEach(() => {
    file = scratch()
  })
  afterEach(() => taking(file.discard()))

  const isUnder = async (promise: Promise<unknown>) => {
    let isOver = false
    void promise.then(() => {
      isOver = true
    })
    await pause(20)
    return !isOver
  }

  it('acknowledges nothing durable; what it asks the disk for is its log', async () => {
    const write = file.database.write(() => file.database.run('create table t(n integer)'))
    expect(await isUnder(write)).toBe(true)
    expect(held.map(({ inode }) => inode)).toEqual([fs.statSync(`${file.file}-wal`).ino])
    await taking(write)
  })

  it('lets no fact out, not even of a write that need not be durable', async () => {
    const outbox = sqliteOutbox(file.database)
    await file.database.write(() => outbox.place('things', [message]), { durable: false })
    const page = outbox.left([])[Symbol.asyncIterator]().next()
    expect(await isUnder(page)).toBe(true)
    expect((await taking(page)).value).toMatchObject([{ letters: [{ message }] }])
  })

  it('shows nobody a topic', async () => {
    const topics = sqliteTopics(file.database)
    await file.database.write(() => topics.place('things', [message]), { durable: false })
    const seen = topics.extent('things')
    expect(await isUnder(seen)).toBe(true)
    expect(await taking(seen)).toMatchObject([{ next: 1 }])
  })

  it('takes no output for kept because somebody else wanted it to be', async () => {
    const streams = sqliteStreams(file.database)
    await taking(streams.append('a', [{ channel: 'stdout', bytes: Buffer.from('x'), at: 1 }]))
    const settled = streams.settle('a')
    await pause(5)
    const again = streams.settle('a')
    expect(await Promise.all([isUnder(settled), isUnder(again)])).toEqual([true, true])
    await taking(Promise.all([settled, again]))
  })

  it('answers nobody out of a durable write, nor refuses a second one because of it', async () => {
    const store = sqliteDocuments(file.database, sqliteOutbox(file.database))
    await taking(store.declare({ name: 'pets' }))
    const inserted = store.insert('pets', { id: 'a', rev: 1 }, [])
    const found = store.get('pets', 'a')
    await pause(5)
    const again = store.insert('pets', { id: 'a', rev: 1 }, []).catch(({ type }) => type)
    expect(await Promise.all([isUnder(inserted), isUnder(store.get('pets', 'a')), isUnder(again)])).toEqual([
      true,
      true,
      true,
    ])
    expect(await taking(again)).toBe('DUPLICATE_DOCUMENT')
    await taking(Promise.all([inserted, found]))
  })

  it('shows at once what was written to whoever waits with the answer', async () => {
    const store = sqliteDocuments(file.database, sqliteOutbox(file.database))
    await taking(store.declare({ name: 'pets' }))
    const inserted = store.insert('pets', { id: 'a', rev: 1 }, [])
    await pause(5)
    expect(await store.get('pets', 'a', { durable: false })).toEqual({ id: 'a', rev: 1 })
    const flushed = store.flushed()
    expect(await isUnder(flushed)).toBe(true)
    await taking(Promise.all([inserted, flushed]))
  })

  it('begins its log anew when it is opened, with what was left there in the file', async () => {
    await file.database.write(() => file.database.run('create table t(n integer)'), { durable: false })
    // What a killed process leaves.
    const left = fs.mkdtempSync(`${file.directory}-left-`)
    for (const end of ['', '-wal']) fs.copyFileSync(`${file.file}${end}`, `${left}/greenroom.db${end}`)
    const next = openDatabase(`${left}/greenroom.db`)
    fs.copyFileSync(`${left}/greenroom.db`, `${left}/alone.db`)
    const alone = new DatabaseSync(`${left}/alone.db`)
    expect(alone.prepare('select count(*) as n from t').get()).toEqual({ n: 0 })
    alone.close()
    await taking(next.close())
    fs.rmSync(left, { recursive: true })
  })
})
