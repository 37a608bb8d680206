import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded } from '../../test/random.ts'
import { PARTITIONS } from '../contract/topic.ts'
import { sqliteQueues } from '../queue/sqlite.ts'
import { sqliteDocuments } from '../store/sqlite.ts'
import { sqliteStreams } from '../streams/sqlite.ts'
import { sqliteTopics } from '../topics/sqlite.ts'
import { type Database, openDatabase } from './database.ts'

const WRITER = join(import.meta.dirname, 'crash-writer.ts')

/** Lets a process write until it has acknowledged so much, kills it in the middle, and says what it had acknowledged. */
const killedAfter = async (file: string, run: string, acknowledgements: number): Promise<string[][]> => {
  const child = spawn(process.execPath, ['--no-warnings', WRITER, file, run], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  let lines = 0
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    said += chunk
    lines += (chunk as string).split('\n').length - 1
    if (lines >= acknowledgements) child.kill('SIGKILL')
  }
  const whole = said.slice(0, said.lastIndexOf('\n'))
  return whole.split('\n').map((line) => line.split(' '))
}

const everyMessage = async (database: Database) => {
  const topics = sqliteTopics(database)
  const pages = Array.from({ length: PARTITIONS }, (_, partition) => topics.read('things', partition, 0, 1_000_000))
  return Promise.all(pages)
}

const expectDocuments = async (database: Database, acknowledged: string[]) => {
  const store = sqliteDocuments(database, sqliteTopics(database))
  const kept = new Set((await store.find('things', { limit: 1_000_000 })).map(({ id }) => id))
  expect(acknowledged.filter((id) => !kept.has(id))).toEqual([])
  const partitions = await everyMessage(database)
  for (const page of partitions) expect(page.map(({ offset }) => offset)).toEqual(page.map((_, n) => n))
  // A document without its fact, or a fact without its document, would be half a write.
  expect(
    partitions
      .flat()
      .map(({ key }) => key)
      .toSorted(),
  ).toEqual([...kept].toSorted())
  expect(await store.frozen('things', acknowledged[0]!)).toEqual({ id: acknowledged[0] })
}

const expectJobs = async (database: Database, added: string[], acked: Set<string>) => {
  const queue = sqliteQueues(database)('work')
  const ready = new Set((await queue.take('worker', 1_000_000, 60_000)).map(({ id }) => id))
  expect(added.filter((id) => !acked.has(id) && !ready.has(id)).length).toBeLessThanOrEqual(WRITERS)
  expect([...acked].filter((id) => ready.has(id))).toEqual([])
  return ready
}

// A job may have been acknowledged in the file and not on the pipe: one per writer, each kill.
const WRITERS = 4

const expectStreams = async (database: Database, ends: Map<string, number>) => {
  const streams = sqliteStreams(database)
  for (const [key, acknowledged] of ends) {
    const chunks = await streams.read(key, 0, 1_000_000_000)
    expect(chunks.length).toBeGreaterThanOrEqual(acknowledged)
    expect(chunks.map(({ seq }) => seq)).toEqual(chunks.map((_, n) => n + 1))
    const text = Buffer.concat(chunks.map(({ bytes }) => bytes)).toString()
    expect(text).toBe(chunks.map((_, n) => `<${n + 1}>`).join(''))
  }
}

describe('kill -9 in the middle of full load', () => {
  it('loses nothing that was acknowledged, and leaves nothing half-written', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'crash-'))
    const file = join(directory, 'greenroom.db')
    await seeded(async (random) => {
      for (const run of ['one', 'two', 'three']) {
        const lines = await killedAfter(file, run, 500 + random.below(3000))
        const of = (word: string) => lines.filter(([first]) => first === word).map(([, id]) => id!)
        const database = openDatabase(file)
        await expectDocuments(database, of('document'))
        const ready = await expectJobs(database, of('added'), new Set(of('acked')))
        const chunks = lines.filter(([word]) => word === 'chunk')
        await expectStreams(database, new Map(chunks.map(([, key, seq]) => [key!, Number(seq)])))
        expect(database.get('pragma integrity_check')).toMatchObject({ integrity_check: 'ok' })
        expect(ready.size).toBeGreaterThan(0)
        await database.write(() => database.run('delete from job'))
        await database.close()
      }
    })
    rmSync(directory, { recursive: true })
  })
})
