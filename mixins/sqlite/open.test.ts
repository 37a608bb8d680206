import { spawn } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Database, openDatabase } from './database.ts'

describe('opening the data file', () => {
  let parent: string
  let directory: string
  let file: string
  let open: Database[]

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'open-'))
    directory = join(parent, 'data')
    file = join(directory, 'greenroom.db')
    open = []
  })
  afterEach(async () => {
    await Promise.all(open.map((database) => database.close()))
    rmSync(parent, { recursive: true })
  })

  const start = () => {
    const database = openDatabase(file)
    open.push(database)
    return database
  }
  const stop = async () => {
    await open.pop()?.close()
  }
  const modes = (...names: string[]) => names.map((name) => statSync(join(directory, name)).mode & 0o777)
  const refused = (sentence: string | RegExp) => {
    let error: unknown
    try {
      start()
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ type: 'DATA_FILE_REFUSED', message: expect.stringMatching(sentence) })
  }

  it('creates it, and its directory, for its owner only', async () => {
    const database = start()
    await database.write(() => database.run('create table t(n)'))
    expect(modes('.', 'greenroom.db', 'greenroom.db-wal', 'lock.db', 'lock.pid')).toEqual([
      0o700, 0o600, 0o600, 0o600, 0o600,
    ])
  })

  it('takes the rights of others away from one that exists', async () => {
    start()
    await stop()
    chmodSync(file, 0o644)
    start()
    expect(modes('greenroom.db')).toEqual([0o600])
  })

  it('refuses a directory that is in use, naming it and the process, and takes it when that has stopped', async () => {
    start()
    refused(
      new RegExp(
        `^The data directory ${directory} is in use by another Greenroom \\(process ${process.pid}\\)\\. Stop`,
      ),
    )
    await stop()
    start()
  })

  it('takes a directory over from a process that was killed', async () => {
    const script = `const { openDatabase } = await import(${JSON.stringify(join(import.meta.dirname, 'database.ts'))})
      openDatabase(${JSON.stringify(file)}); console.log('open'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    refused(`\\(process ${child.pid}\\)`)
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    start()
  })

  it('refuses a file of a newer version and leaves it as it is', async () => {
    start()
    await stop()
    const newer = new DatabaseSync(file)
    newer.exec('pragma user_version = 999')
    newer.close()
    const before = readFileSync(file)
    refused(/greenroom\.db was written by a newer Greenroom \(data version 999, known up to \d+\)/)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it("refuses another program's file and leaves it as it is", async () => {
    start()
    await stop()
    rmSync(file)
    const foreign = new DatabaseSync(file)
    foreign.exec('create table addresses(name text)')
    foreign.close()
    const before = readFileSync(file)
    refused(/greenroom\.db belongs to another program/)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it.each([
    ['is no database at all', () => writeFileSync(file, 'hello '.repeat(2000))],
    ['was cut off', () => truncateSync(file, Math.floor(statSync(file).size / 2))],
    [
      'was overwritten in its middle',
      () => {
        const bytes = readFileSync(file)
        bytes.fill(0xaa, 4096 * 2, 4096 * 6)
        writeFileSync(file, bytes)
      },
    ],
  ])('refuses a file that %s and leaves it as it is', async (_, damage) => {
    const database = start()
    await database.write(() => database.run('create table t(body)'))
    await database.write(() => database.run('insert into t values(?)', 'x'.repeat(200_000)))
    await stop()
    damage()
    const before = readFileSync(file)
    refused(/greenroom\.db is damaged and was left untouched\. Restore a copy/)
    refused(/is damaged/)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('refuses a directory that cannot be, and says why', () => {
    writeFileSync(join(parent, 'data'), 'a file')
    refused(
      /^The data directory .*data cannot be used: E.*\. Set GREENROOM_DATA to a directory that this user may write\.$/,
    )
  })

  it('starts anew from an empty file', () => {
    start()
    void stop()
    appendFileSync(join(parent, 'empty.db'), '')
    const database = openDatabase(join(parent, 'empty.db'))
    open.push(database)
    expect(database.get('select count(*) as jobs from job')).toMatchObject({ jobs: 0 })
  })

  it('keeps what was there', async () => {
    const database = start()
    await database.write(() => database.run(`insert into frozen(collection, id, body) values('a', 'b', 'c')`))
    await stop()
    expect(start().get('select body from frozen')).toMatchObject({ body: 'c' })
  })
})
