import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { StoreUnavailable } from '../store/unavailable.ts'
import { Flusher } from './flusher.ts'
import { GroupCommit } from './group-commit.ts'

describe('a file that is forced to the disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-flusher-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is, for all who ask, those included who ask while it is being done', async () => {
    const file = openSync(join(folder, 'file'), 'w')
    const flusher = new Flusher(file)
    writeSync(file, 'one')
    const first = flusher.flush()
    expect(flusher.flush()).toBe(first)
    const order: string[] = []
    writeSync(file, 'two')
    flusher.written()
    const second = flusher.flush()
    expect(second).not.toBe(first)
    expect(flusher.flushed()).toBe(second)
    await Promise.all([second.then(() => order.push('second')), first.then(() => order.push('first'))])
    expect([order, flusher.failure]).toEqual([['first', 'second'], null])
    await flusher.flushed()
    closeSync(file)
  })

  it('is not forced again for what is there already', async () => {
    const file = openSync(join(folder, 'file'), 'w')
    const flusher = new Flusher(file)
    writeSync(file, 'one')
    const first = flusher.flush()
    await first
    expect(flusher.flush()).toBe(first)
    flusher.written()
    const second = flusher.flush()
    expect(second).not.toBe(first)
    await second
    closeSync(file)
  })

  it('is given up for good when the disk has failed once', async () => {
    // The kernel cannot force what this swallows.
    const swallower = openSync('/dev/null', 'w')
    const flusher = new Flusher(swallower)
    await expect(flusher.flush()).rejects.toThrow(StoreUnavailable)
    await expect(flusher.flush()).rejects.toThrow('The disk did not take what was written to the data file.')
    await expect(flusher.flushed()).rejects.toThrow(StoreUnavailable)
    expect(flusher.failure).toBeInstanceOf(StoreUnavailable)
    closeSync(swallower)
  })
})

describe('a write', () => {
  /** Writes to a file whose disk does what the test says. */
  const open = () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const heard: string[] = []
    const disk = {
      written: () => void heard.push('written'),
      flush: () => {
        heard.push('flush')
        return promise
      },
      failure: null as StoreUnavailable | null,
    }
    const db = new DatabaseSync(':memory:')
    db.exec('create table t(n integer)')
    const commits = new GroupCommit(db, disk, () => undefined)
    const insert = (n: number, durable: boolean) =>
      commits.write(() => db.prepare('insert into t values(?)').run(n).changes, durable)
    const seen = () =>
      db
        .prepare('select n from t order by n')
        .all()
        .map(({ n }) => n)
    return { disk, heard, insert, seen, takes: resolve, fails: reject }
  }

  it('resolves once it is on the disk; one that need not be there as soon as it can be seen', async () => {
    const { insert, seen, takes } = open()
    const order: number[] = []
    const durable = insert(1, true).then(() => order.push(1))
    await insert(2, false).then(() => order.push(2))
    await insert(3, false).then(() => order.push(3))
    await pause(20)
    expect([order, seen()]).toEqual([
      [2, 3],
      [1, 2, 3],
    ])
    takes()
    await durable
    expect(order).toEqual([2, 3, 1])
  })

  it('is told to whoever forces it before that is asked for', async () => {
    const { heard, insert, takes } = open()
    await insert(1, false)
    const durable = insert(2, true)
    takes()
    await durable
    expect(heard).toEqual(['written', 'written', 'flush'])
  })

  it('fails when the disk does, and so does every later one', async () => {
    const { disk, insert, seen, fails } = open()
    const durable = insert(1, true)
    await insert(2, false)
    disk.failure = new StoreUnavailable('unflushed')
    fails(disk.failure)
    await expect(durable).rejects.toThrow(disk.failure)
    await expect(insert(3, true)).rejects.toThrow(disk.failure)
    await expect(insert(4, false)).rejects.toThrow(disk.failure)
    expect(seen()).toEqual([1, 2])
  })
})
