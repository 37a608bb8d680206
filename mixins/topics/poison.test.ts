import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded } from '../../test/random.ts'
import { type Database, openDatabase } from '../sqlite/database.ts'
import type { Document } from '../store/documents.ts'
import { sqliteDocuments } from '../store/sqlite.ts'
import type { DeadLetter } from './dead-letter.ts'
import { sqliteTopics } from './sqlite.ts'

type Note = Document & { at: number; deaths: Record<string, number> }

const CONSUMER = join(import.meta.dirname, 'poisoned.ts')
const MOST_STARTS = 10

describe('a message that kills whoever handles it', () => {
  let directory: string
  let file: string

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'poison-'))
    file = join(directory, 'greenroom.db')
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const within = async <T>(look: (database: Database) => Promise<T>): Promise<T> => {
    const database = openDatabase(file)
    try {
      return await look(database)
    } finally {
      await database.close()
    }
  }

  /** One life of the consumer: what it has handled, and whether it came to its end. */
  const live = async (poison: string) => {
    const child = spawn(process.execPath, ['--no-warnings', CONSUMER, file, poison], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const left = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_, signal) => resolve(signal)))
    let said = ''
    for await (const chunk of child.stdout.setEncoding('utf8')) said += chunk
    return { handled: said.split('\n').slice(0, -1), died: (await left) === 'SIGKILL' }
  }

  it('is buried after three deaths, alone, and the others keep their order', async () => {
    await seeded(async (random) => {
      const messages = Array.from({ length: 60 }, (_, n) => ({ id: `pet-${random.below(5)}`, n }))
      const { id, n } = messages[10 + random.below(40)]!
      await within((database) =>
        sqliteTopics(database).append(
          'pets.events',
          messages.map((payload) => ({ id: `m${payload.n}`, key: payload.id, type: 'pets.fed', headers: {}, payload })),
        ),
      )
      const handled: string[] = []
      let deaths = 0
      for (let starts = 0; starts < MOST_STARTS; starts++) {
        const life = await live(`${id} ${n}`)
        handled.push(...life.handled)
        if (!life.died) break
        deaths++
      }
      expect(deaths).toBe(3)
      const letters = await within(async (database) => {
        const topics = sqliteTopics(database)
        const extents = await topics.extent('pets.events.dead')
        const pages = extents.map(({ partition }) => topics.read('pets.events.dead', partition, 0, 10))
        return (await Promise.all(pages)).flat().map(({ payload }) => payload as DeadLetter)
      })
      expect(letters).toMatchObject([{ attempts: 3, error: { type: 'PROCESS_DIED' }, message: { id: `m${n}` } }])
      const first = [...new Set(handled)]
      const others = messages.filter((one) => one.n !== n)
      for (const pet of new Set(messages.map((one) => one.id)))
        expect(first.filter((line) => line.startsWith(`${pet} `))).toEqual(
          others.filter((one) => one.id === pet).map((one) => `${one.id} ${one.n}`),
        )
      // A partition that was through before the last death keeps its note; none tells of a message any more.
      const notes = await within((database) =>
        sqliteDocuments(database, sqliteTopics(database)).find<Note>('deliveries', { limit: 100 }),
      )
      const telling = notes.filter(({ at, deaths }) => at !== -1 || Object.keys(deaths).length > 0)
      expect(telling).toEqual([])
    })
  })
})
