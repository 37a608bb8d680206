import { kafkaTopics } from '../../mixins/topics/kafka.ts'
import { brokersOf } from '../../mixins/topics/kafka-address.ts'
import { KafkaClient } from '../../mixins/topics/kafka-client.ts'
import { partitionOf } from '../../mixins/topics/kafka-murmur2.ts'
import { eventually } from '../eventually.ts'
import type { Instance } from '../servers/instance.ts'
import { Leaders, logged } from './kafka-cluster.ts'

const quiet = { info: () => undefined, warn: () => undefined }
const PARTITION = partitionOf('rex', 8)
// So briefly a broker waits for the others before it says that it does not know.
const ACKNOWLEDGED_MS = 500

/** What becomes of a message that follows on one of which the broker has said that it may not have it, although it has. */
export const aRefusedProducer = (cluster: () => Instance): void => {
  const undone: (() => unknown)[] = []
  afterEach(async () => {
    for (const undo of undone.splice(0)) await undo()
  })

  /** A topic whose messages only the leader has: the others are held still, so that no append is acknowledged. */
  const stalled = async (topic: string) => {
    const { url, parts } = cluster()
    const topics = kafkaTopics(url, quiet)
    const write = (n: number) =>
      topics.append(topic, [{ id: `${n}`, key: 'rex', type: 'x', headers: {}, payload: { key: 'rex', n } }])
    await eventually(() => write(0))
    const leader = (await new Leaders(url).of(topic))[PARTITION]
    const followers = parts.filter((_, i) => i + 1 !== leader)
    const hold = () => followers.forEach((part) => void part.pause())
    const release = () => followers.forEach((part) => void part.resume())
    undone.push(release, () => topics.close())
    return { write, hold, release }
  }

  const numbers = async (topic: string) => [...new Set((await logged(cluster().url, topic)).map(({ n }) => n))]

  it('loses what it is given next, when it goes on', async () => {
    const { hold, release } = await stalled('reused')
    const producer = new KafkaClient(brokersOf(cluster().url)).producer()
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
    await eventually(() => send(3))
    await producer.disconnect()
    expect(await numbers('reused')).toEqual([0, 1, 2])
  })

  it('is thrown away, and nothing is lost', async () => {
    const { write, hold, release } = await stalled('renewed')
    await write(1)
    hold()
    await expect(write(2)).rejects.toMatchObject({ type: 'TOPICS_UNAVAILABLE' })
    release()
    await eventually(() => write(3))
    expect(await numbers('renewed')).toEqual([0, 1, 2, 3])
  })
}
