import { statSync } from 'node:fs'
import { eventually } from '../../test/eventually.ts'
import { scratch } from './scratch.ts'

const MB = 1024 * 1024

describe('the write-ahead log', () => {
  it('stays short under constant load, and everything is in the file when that closes', async () => {
    const file = scratch()
    const { database } = file
    const log = () => statSync(`${file.file}-wal`).size
    await database.write(() => database.run('create table t(n integer primary key, body text)'))
    const body = 'x'.repeat(20_000)
    let longest = 0
    const writer = async (first: number) => {
      for (let n = first; n < first + 1000; n++) {
        await database.write(() => database.run('insert into t values(?, ?)', n, body))
        if (n % 100 === 0) longest = Math.max(longest, log())
      }
    }
    await Promise.all([0, 1000, 2000, 3000, 4000].map(writer))
    expect(longest).toBeGreaterThan(16 * MB)
    expect(longest).toBeLessThan(64 * MB)
    await eventually(() => expect(statSync(file.file).size).toBeGreaterThan(60 * MB))
    const reopened = await file.reopen()
    expect(reopened.get('select count(*) as n, sum(length(body)) as size from t')).toMatchObject({
      n: 5000,
      size: 100_000_000,
    })
    expect(reopened.get('pragma integrity_check')).toMatchObject({ integrity_check: 'ok' })
    await file.discard()
  })
})
