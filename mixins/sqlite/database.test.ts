import { DatabaseSync } from 'node:sqlite'
import { StoreUnavailable } from '../store/unavailable.ts'
import { scratch } from './scratch.ts'

describe('writes to the data file', () => {
  let file: ReturnType<typeof scratch>
  beforeEach(async () => {
    file = scratch()
    await file.database.write(() => file.database.run('create table t(n integer primary key, body text)'))
  })
  afterEach(() => file.discard())

  const insert = (n: number, body = 'x') =>
    file.database.write(() => file.database.run('insert into t values(?, ?)', n, body))
  const numbers = () => file.database.all<{ n: number }>('select n from t order by n').map(({ n }) => n)
  const unavailable = (reason: string) =>
    expect.objectContaining({ type: 'STORE_UNAVAILABLE', code: 503, retryable: true, data: { reason } })

  const other = () => new DatabaseSync(file.file, { timeout: 0 })
  /** Holds the file as another program would that has it open. */
  const locked = () => {
    const holder = other()
    holder.exec('begin exclusive')
    return () => {
      holder.exec('rollback')
      holder.close()
    }
  }

  it('resolve with what they return, after everybody else can see them', async () => {
    const reader = other()
    const value = await file.database.write(() => {
      file.database.run('insert into t values(1, ?)', 'x')
      return 'done'
    })
    expect([value, reader.prepare('select count(*) as n from t').get()?.n]).toEqual(['done', 1])
    reader.close()
  })

  it('of one turn share few transactions and keep their order', async () => {
    const reader = other()
    const seen = new Set<number>()
    const writes = Array.from({ length: 200 }, (_, n) =>
      insert(n).then(() => seen.add(Number(reader.prepare('select count(*) as n from t').get()?.n))),
    )
    await Promise.all(writes)
    // One, unless the machine is so busy that their time is up before they are done.
    expect(seen.size).toBeLessThan(20)
    expect([...seen]).toEqual([...seen].toSorted((a, b) => a - b))
    expect([...seen].at(-1)).toBe(200)
    reader.close()
  })

  it('fail alone: the others of the turn are kept', async () => {
    const outcomes = await Promise.allSettled([
      insert(1),
      insert(1),
      insert(2),
      file.database.write(() => {
        file.database.run('insert into t values(3, ?)', 'x')
        throw new RangeError('no')
      }),
      insert(4),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(outcomes[3]).toMatchObject({ reason: new RangeError('no') })
    expect(numbers()).toEqual([1, 2, 4])
  })

  it('are more than one batch when there are very many', async () => {
    await Promise.all(Array.from({ length: 2500 }, (_, n) => insert(n)))
    expect(numbers()).toHaveLength(2500)
  })

  it('wait for a lock to go without holding up the process', async () => {
    const unlock = locked()
    let turns = 0
    const ticker = setInterval(() => {
      if (++turns === 10) unlock()
    }, 5)
    await insert(1)
    clearInterval(ticker)
    expect(turns).toBeGreaterThanOrEqual(10)
    expect(numbers()).toEqual([1])
  })

  it('are refused with a sentence when the lock does not go; reads go on, and so does everything afterwards', async () => {
    await insert(1)
    const unlock = locked()
    const refused = insert(2)
    await expect(refused).rejects.toThrow(unavailable('locked'))
    await expect(refused).rejects.toThrow('The data file is locked by another process.')
    expect(numbers()).toEqual([1])
    unlock()
    await insert(3)
    expect(numbers()).toEqual([1, 3])
  })

  it('are refused when the disk is full, without a trace, and work again when it is not', async () => {
    await insert(1)
    const pages = Number(file.database.get('pragma page_count')?.page_count)
    file.database.get(`pragma max_page_count = ${pages + 5}`)
    const outcomes = await Promise.allSettled([insert(2), insert(3, 'x'.repeat(500_000)), insert(4)])
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(unavailable('full'))
    }
    expect(outcomes[1]).toMatchObject({ status: 'rejected', reason: { message: 'The disk is full.' } })
    const kept = [2, 3, 4].filter((_, index) => outcomes[index]!.status === 'fulfilled')
    expect(numbers()).toEqual([1, ...kept])
    file.database.get('pragma max_page_count = 1000000')
    await insert(5, 'x'.repeat(500_000))
    expect(numbers()).toEqual([1, ...kept, 5])
    expect(file.database.get('pragma integrity_check')).toMatchObject({ integrity_check: 'ok' })
  })

  it('are refused when the file is read-only', async () => {
    file.database.get('pragma query_only = 1')
    await expect(insert(1)).rejects.toThrow(unavailable('read-only'))
    file.database.get('pragma query_only = 0')
    await insert(1)
  })

  it('that are under way are finished before the file closes; later ones are refused', async () => {
    const last = insert(1)
    const closed = file.database.close()
    await expect(insert(2)).rejects.toThrow(unavailable('closed'))
    await Promise.all([last, closed])
    expect(() => numbers()).toThrow(StoreUnavailable)
    await file.reopen()
    expect(numbers()).toEqual([1])
  })
})
