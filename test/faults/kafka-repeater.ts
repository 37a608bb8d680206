import { randomUUID } from 'node:crypto'
import { brokersOf } from '../../mixins/topics/kafka-address.ts'
import { KafkaClient } from '../../mixins/topics/kafka-client.ts'

/** Appends every message of some topics once more, byte by byte, as soon as it is there, until it is ended. */
export const startRepeater = async (url: string, topics: string[]): Promise<{ end(): Promise<void> }> => {
  const client = new KafkaClient(brokersOf(url))
  const [producer, consumer] = [client.producer(), client.consumer(`repeater-${randomUUID()}`)]
  const copies = new Set<string>()
  await Promise.all([producer.connect(), consumer.connect()])
  await consumer.subscribe({ topics, fromBeginning: true })
  await consumer.run({
    // One after another: a copy is known as one before it is fetched.
    eachMessage: async ({ topic, partition, message }) => {
      const { key, value, headers = {}, offset } = message
      if (copies.has(`${topic}/${partition}/${offset}`)) return
      const [placed] = await producer.send({ topic, acks: -1, messages: [{ key, value, headers, partition }] })
      copies.add(`${topic}/${partition}/${placed?.baseOffset}`)
    },
  })
  return {
    async end() {
      await consumer.disconnect()
      await producer.disconnect()
    },
  }
}
