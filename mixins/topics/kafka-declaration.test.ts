import { deadTopic, topic, topicNamed } from '../contract/topic.ts'
import { declarationOf } from './kafka-declaration.ts'

const WEEK_MS = 7 * 24 * 3_600_000
topic({ name: 'pets.declared', about: 'For the test.', owner: 'shop', partitions: 3, retentionMs: WEEK_MS })

const entriesOf = (topic: string, brokers: number) =>
  Object.fromEntries(declarationOf(topic, brokers).configEntries.map(({ name, value }) => [name, value]))

describe('the declaration of a topic', () => {
  it('asks for three copies of which one may be away, and for what there is where there are fewer brokers', () => {
    const copies = [1, 2, 3, 7].map((brokers) => {
      const { replicationFactor } = declarationOf('pets', brokers)
      return [replicationFactor, entriesOf('pets', brokers)['min.insync.replicas']]
    })
    expect(copies).toEqual([
      [1, '1'],
      [2, '1'],
      [3, '2'],
      [3, '2'],
    ])
  })

  it('asks for the partitions and the retention of its contract, and keeps dead letters for ever', () => {
    const [own, dead] = ['pets.declared', deadTopic('pets.declared')].map((name) => [
      declarationOf(name, 1).numPartitions,
      entriesOf(name, 1)['retention.ms'],
    ])
    expect([own, dead]).toEqual([
      [3, '604800000'],
      [3, '-1'],
    ])
  })

  it('forgets nothing of a topic that nobody has declared', () => {
    expect([declarationOf('pets', 1).numPartitions, entriesOf('pets', 1)['retention.ms']]).toEqual([8, '-1'])
  })

  it('leaves room for a letter about the largest message, its bytes included', () => {
    const { mostBytes } = topicNamed('pets.declared')
    expect(topicNamed(deadTopic('pets.declared')).mostBytes).toBeGreaterThan(mostBytes * (1 + 4 / 3))
    expect(Number(entriesOf('pets.declared', 1)['max.message.bytes'])).toBeGreaterThan(mostBytes)
  })
})
