import { randomUUID } from 'node:crypto'
import { brokersOf } from '../../mixins/topics/kafka-address.ts'
import { type Consumer, KafkaClient, type Producer } from '../../mixins/topics/kafka-client.ts'
import { eventually } from '../eventually.ts'

type Copier = { consumer: Consumer; producer: Producer }

/**
 * Appends every message of some topics once more, byte by byte, as soon as it is there, until it is ended. Where it is
 * refused it begins again behind what it has done.
 */
export const startRepeater = async (url: string, topics: string[]): Promise<{ end(): Promise<void> }> => {
  const client = new KafkaClient(brokersOf(url))
  const group = `repeater-${randomUUID()}`
  const copies = new Set<string>()
  let isOver = false
  let copier: Copier | undefined
  let copying: Promise<void>

  const begin = async () => {
    const [producer, consumer] = [client.producer(), client.consumer(group)]
    await Promise.all([producer.connect(), consumer.connect()])
    consumer.on('consumer.crash', () => {
      void producer.disconnect()
      if (!isOver) copying = eventually(begin)
    })
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
    copier = { consumer, producer }
  }

  copying = eventually(begin)
  await copying
  return {
    async end() {
      isOver = true
      await copying
      await copier?.consumer.disconnect()
      await copier?.producer.disconnect()
    },
  }
}
