import { declarationOf, mostBytes } from './kafka-declaration.ts'

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

  it('keeps messages for a week, and dead letters until somebody decides', () => {
    expect([entriesOf('pets', 1)['retention.ms'], entriesOf('pets.dead', 1)['retention.ms']]).toEqual([
      '604800000',
      '-1',
    ])
  })

  it('leaves room for a letter about the largest message, its bytes included', () => {
    expect(mostBytes('pets.dead')).toBeGreaterThan(mostBytes('pets') * (1 + 4 / 3))
    expect(Number(entriesOf('pets', 1)['max.message.bytes'])).toBeGreaterThan(mostBytes('pets'))
  })
})
