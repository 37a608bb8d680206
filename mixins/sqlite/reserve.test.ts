import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LOG_BYTES } from './checkpointer.ts'
import { reserve } from './reserve.ts'
import { scratch } from './scratch.ts'

describe('the reserve of a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'reserve-'))
  const file = join(directory, 'log')
  beforeEach(() => writeFileSync(file, 'kept'))
  afterAll(() => rmSync(directory, { recursive: true }))

  it('lies behind what is there, in zeros', () => {
    reserve(file, 3_000_000)
    const bytes = readFileSync(file)
    expect(bytes.length).toBe(3_000_000)
    expect(bytes.subarray(0, 4).toString()).toBe('kept')
    expect(bytes.subarray(4).every((byte) => byte === 0)).toBe(true)
  })

  it('is not added to a file that is long enough', () => {
    reserve(file, 3)
    expect(readFileSync(file, 'utf8')).toBe('kept')
  })

  it('is given back where there is no room for all of it', () => {
    const program = `import { reserve } from './mixins/sqlite/reserve.ts'; reserve(${JSON.stringify(file)}, 3_000_000)`
    const limited = `ulimit -f 2048; exec "$0" --input-type=module -e "$1"`
    execFileSync('sh', ['-c', limited, process.execPath, program], { stdio: 'pipe' })
    expect(readFileSync(file, 'utf8')).toBe('kept')
  })
})

describe('the write-ahead log of a data file', () => {
  it('has its length before the first write, and neither a write nor a restart changes it', async () => {
    const file = scratch()
    const length = () => statSync(`${file.file}-wal`).size
    expect(length()).toBe(LOG_BYTES)
    await file.database.write(() => file.database.run('create table t(n integer)'))
    await file.database.write(() => file.database.run('insert into t values(7)'))
    expect(length()).toBe(LOG_BYTES)
    await file.reopen()
    expect(length()).toBe(LOG_BYTES)
    expect(file.database.get('select n from t')).toMatchObject({ n: 7 })
    await file.discard()
  })
})
