import { randomUUID } from 'node:crypto'
import { brokersOf } from '../../mixins/topics/kafka-address.ts'
import { KafkaClient } from '../../mixins/topics/kafka-client.ts'
import type { KafkaRecord } from '../../mixins/topics/kafka-record.ts'

export type Placed = KafkaRecord & { readonly partition: number }

/**
 * Everything that lies in a topic now, in order per partition, as a group of its own reads it. Rejects when a message is
 * passed over: whoever judges by it must not take a fault of the reader for a loss.
 */
export const recordsIn = async (url: string, topic: string): Promise<Placed[]> => {
  const client = new KafkaClient(brokersOf(url))
  const [admin, consumer] = [client.admin(), client.consumer(`judge-${randomUUID()}`)]
  await Promise.all([admin.connect(), consumer.connect()])
  try {
    const ends = await admin.fetchTopicOffsets(topic)
    const open = new Map(
      ends.map(({ partition, high }) => [partition, Number(high)] as const).filter(([, high]) => high),
    )
    const records: Placed[] = []
    const read = Promise.withResolvers<void>()
    const next = new Map<number, number>()
    consumer.on('consumer.crash', ({ payload }) => read.reject(payload.error))
    const take = (partition: number, message: KafkaRecord) => {
      const offset = Number(message.offset)
      const expected = next.get(partition) ?? 0
      if (offset !== expected) read.reject(new RangeError(`${topic}/${partition}: ${offset} comes before ${expected}`))
      next.set(partition, offset + 1)
      records.push({ ...message, partition })
      if (offset + 1 === open.get(partition)) open.delete(partition)
      if (open.size === 0) read.resolve()
    }
    if (open.size === 0) read.resolve()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => take(partition, message),
    })
    await read.promise
    return records
  } finally {
    await Promise.all([admin.disconnect(), consumer.disconnect()])
  }
}
