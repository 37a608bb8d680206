import { scratch } from '../sqlite/scratch.ts'
import { sqliteDocuments } from '../store/sqlite.ts'
import { Caution } from './caution.ts'
import { sqliteTopics } from './sqlite.ts'
import type { Message } from './topics.ts'

const WINDOW = 4

describe('care after a sudden end', () => {
  let file: ReturnType<typeof scratch>
  beforeEach(() => {
    file = scratch()
  })
  afterEach(() => file.discard())

  const log = () => sqliteTopics(file.database)
  /** What the next process of the group begins with. */
  const next = () => new Caution(sqliteDocuments(file.database, log()), log(), 'shop', WINDOW)
  const giveUp = async () => undefined

  const append = async (count: number): Promise<Message[]> => {
    const message = { key: 'rex', type: 'pets.fed', headers: {}, payload: null }
    await log().append(
      'pets',
      Array.from({ length: count }, (_, n) => ({ ...message, id: `${n}` })),
    )
    const extents = await log().extent('pets')
    const pages = await Promise.all(extents.map(({ partition }) => log().read('pets', partition, 0, 100)))
    return pages.flat()
  }

  /** The most that were under way at once of messages whose handling takes its time. */
  const most = async (caution: Caution, messages: Message[]): Promise<number> => {
    let [underway, most] = [0, 0]
    const handle = async () => {
      most = Math.max(most, ++underway)
      await file.database.write(() => undefined)
      underway--
    }
    await Promise.all(messages.map((message) => caution.run(message, handle, giveUp)))
    return most
  }

  /** Resolves when all of the messages are under way at once; never, where they have to wait for each other. */
  const together = async (caution: Caution, messages: Message[]): Promise<void> => {
    const all = Promise.withResolvers<void>()
    let underway = 0
    const handle = () => {
      if (++underway === messages.length) all.resolve()
      return all.promise
    }
    await Promise.all(messages.map((message) => caution.run(message, handle, giveUp)))
  }

  const died = async (messages: Message[]) => {
    await next().run(messages[0]!, async () => undefined, giveUp)
  }

  it('is taken of the messages that may have been under way, and of no more', async () => {
    const messages = await append(WINDOW + 2)
    await died(messages)
    const caution = next()
    expect(await most(caution, messages.slice(0, WINDOW))).toBe(1)
    await together(caution, messages.slice(WINDOW))
  })

  it('is not taken of what has come since', async () => {
    const messages = await append(2)
    await died(messages)
    const caution = next()
    expect(await most(caution, messages)).toBe(1)
    const all = await append(2)
    await together(caution, all.slice(2))
  })

  it('is not taken after an end with leave', async () => {
    const messages = await append(2)
    const caution = next()
    await caution.run(messages[0]!, async () => undefined, giveUp)
    await caution.end()
    await together(next(), messages)
  })
})
