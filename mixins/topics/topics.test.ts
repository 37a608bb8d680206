import { eventually } from '../../test/eventually.ts'
import { deadTopic, PARTITIONS, topic } from '../contract/topic.ts'
import { scratch } from '../sqlite/scratch.ts'
import { type SqliteTopics, sqliteTopics } from './sqlite.ts'
import { type TopicsHarness, topicsSuite } from './topics.suite.ts'
import type { Message } from './topics.ts'
import { windowSuite } from './window.suite.ts'

const open = async (): Promise<TopicsHarness> => {
  const file = scratch()
  let topics = sqliteTopics(file.database)
  return {
    partitions: PARTITIONS,
    topics: () => topics,
    async restart() {
      topics = sqliteTopics(await file.reopen())
    },
    close: () => file.discard(),
  }
}

topicsSuite('SQLite', open)
windowSuite('SQLite', open)

describe('topics in the data file', () => {
  let file: ReturnType<typeof scratch>
  beforeEach(() => {
    file = scratch()
  })
  afterEach(() => file.discard())

  const message = (n: number) => ({ id: `${n}`, key: `key-${n}`, type: 'x', headers: {}, payload: n })

  it('forget what is old and seen by every group, and nothing else', async () => {
    const topics = sqliteTopics(file.database)
    await topics.append(
      'pets',
      Array.from({ length: 700 }, (_, n) => message(n)),
    )
    expect(await topics.trim('pets', -1000)).toBe(700)
    await topics.append('pets', [message(1), message(2)])
    const seen: number[] = []
    const end = await topics.subscribe(
      'pets',
      'shop',
      async (batch) => void seen.push(...batch.map(({ offset }) => offset)),
    )
    await eventually(() => expect(seen).toHaveLength(2))
    await eventually(async () => expect(await topics.lag('pets', 'shop')).toBe(0))
    await end()
    await topics.append('pets', [message(3)])
    expect(await topics.trim('pets', 60_000)).toBe(0)
    expect(await topics.trim('pets', -1000)).toBe(2)
    expect([await topics.lag('pets', 'shop'), await topics.lag('pets', 'new')]).toEqual([1, 1])
  })

  it('are forgotten by themselves after the retention that was declared, the dead ones never', async () => {
    topic({ name: 'pets.brief', about: 'For the test.', owner: 'shop', partitions: 8, retentionMs: -1000 })
    const topics = sqliteTopics(file.database)
    const kept = async (topic: string) => {
      const pages = Array.from({ length: PARTITIONS }, (_, partition) => topics.read(topic, partition, 0, 10))
      return (await Promise.all(pages)).flat().map(({ id }) => id)
    }
    await topics.append('pets.brief', [message(1)])
    await topics.append(deadTopic('pets.brief'), [message(1)])
    await topics.append('pets.undeclared', [message(1)])
    await eventually(async () => expect(await kept('pets.brief')).toEqual([]))
    expect([await kept(deadTopic('pets.brief')), await kept('pets.undeclared')]).toEqual([['1'], ['1']])
  })

  it('have as many partitions as was declared, and no fewer than they had', async () => {
    const declare = (partitions: number) =>
      topic({ name: 'pets.few', about: 'For the test.', owner: 'shop', partitions, retentionMs: null })
    const fill = async (topics: SqliteTopics) => {
      await topics.append(
        'pets.few',
        Array.from({ length: 50 }, (_, n) => message(n)),
      )
      return (await topics.extent('pets.few')).map(({ partition }) => partition)
    }
    declare(3)
    expect(await fill(sqliteTopics(file.database))).toEqual([0, 1, 2])
    declare(2)
    const topics = sqliteTopics(file.database)
    expect(await fill(topics)).toEqual([0, 1, 2])
    const seen: number[] = []
    const handler = async (batch: Message[]) => void seen.push(...batch.map(({ offset }) => offset))
    const end = await topics.subscribe('pets.few', 'shop', handler)
    await eventually(() => expect(seen).toHaveLength(100))
    await end()
  })

  it('are kept if and only if the write is that they are part of', async () => {
    const topics = sqliteTopics(file.database)
    const failing = file.database.write(() => {
      topics.place('pets', [message(1)])
      throw new RangeError('undone')
    })
    const passing = file.database.write(() => topics.place('pets', [message(2)]))
    await expect(failing).rejects.toThrow('undone')
    await passing
    const pages = await Promise.all(Array.from({ length: PARTITIONS }, (_, p) => topics.read('pets', p, 0, 10)))
    expect(pages.flat().map(({ id, offset }) => [id, offset])).toEqual([['2', 0]])
  })
})
