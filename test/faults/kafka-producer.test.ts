import { kafkaTopics } from '../../mixins/topics/kafka.ts'
import { KafkaClient } from '../../mixins/topics/kafka-client.ts'
import { partitionOf } from '../../mixins/topics/kafka-murmur2.ts'
import { eventually } from '../eventually.ts'
import { describeOn } from '../servers/describe-on.ts'
import type { Instance } from '../servers/instance.ts'
import { startKafka } from '../servers/kafka.ts'
import { logged } from './kafka-cluster.ts'

const quiet = { info: () => undefined, warn: () => undefined }
const PARTITION = partitionOf('rex', 8)
// So briefly a broker waits for the others before it says that it does not know.
const ACKNOWLEDGED_MS = 500

describeOn('kafka')('a producer that was refused what the broker has taken', () => {
  let cluster: Instance

  beforeAll(async () => {
    cluster = await startKafka({ brokers: 3 })
  }, 120_000)
  afterAll(() => cluster.stop(), 60_000)

  /** A topic whose messages only the leader has: the others are held still, so that no append is acknowledged. */
  const stalled = async (topic: string) => {
    const topics = kafkaTopics(cluster.url, quiet)
    const write = (n: number) =>
      topics.append(topic, [{ id: `${n}`, key: 'rex', type: 'x', headers: {}, payload: { key: 'rex', n } }])
    await eventually(() => write(0), 60_000)
    const admin = new KafkaClient(cluster.url.split(',')).admin()
    await admin.connect()
    const { topics: found } = await admin.fetchTopicMetadata({ topics: [topic] })
    await admin.disconnect()
    const leader = found[0]?.partitions.find(({ partitionId }) => partitionId === PARTITION)?.leader ?? 0
    const followers = cluster.parts.filter((_, i) => i + 1 !== leader)
    const hold = () => followers.forEach((part) => void part.pause())
    const release = () => followers.forEach((part) => void part.resume())
    return { topics, write, hold, release }
  }

  const numbers = async (topic: string) => [...new Set((await logged(cluster.url, topic)).map(({ n }) => n))]

  it('loses what it is given next, when it goes on', async () => {
    const { topics, hold, release } = await stalled('reused')
    const producer = new KafkaClient(cluster.url.split(',')).producer()
    await producer.connect()
    const send = (n: number) => {
      const value = JSON.stringify({ key: 'rex', n })
      const messages = [{ key: 'rex', value, partition: PARTITION }]
      return producer.send({ topic: 'reused', acks: -1, timeout: ACKNOWLEDGED_MS, messages })
    }
    await send(1)
    hold()
    await expect(send(2)).rejects.toThrow()
    release()
    await eventually(() => send(3), 60_000)
    await producer.disconnect()
    await topics.close()
    expect(await numbers('reused')).toEqual([0, 1, 2])
  }, 180_000)

  it('is thrown away, and nothing is lost', async () => {
    const { topics, write, hold, release } = await stalled('renewed')
    await write(1)
    hold()
    await expect(write(2)).rejects.toMatchObject({ type: 'TOPICS_UNAVAILABLE' })
    release()
    await eventually(() => write(3), 60_000)
    await topics.close()
    expect(await numbers('renewed')).toEqual([0, 1, 2, 3])
  }, 180_000)
})
