import { topicNamed } from '../contract/topic.ts'

const FOR_EVER = -1
const MOST_COPIES = 3
// What a broker adds to a message.
const WRAPPING = 100_000

export type Declaration = {
  topic: string
  numPartitions: number
  replicationFactor: number
  configEntries: { name: string; value: string }[]
}

/** How a topic is created where it is missing: as it was declared, and copied as far as there are brokers. */
export const declarationOf = (topic: string, brokers: number): Declaration => {
  const { partitions, retentionMs, mostBytes } = topicNamed(topic)
  const copies = Math.max(1, Math.min(MOST_COPIES, brokers))
  const entries = {
    'cleanup.policy': 'delete',
    'retention.ms': String(retentionMs ?? FOR_EVER),
    // One copy may be away without anything having to wait.
    'min.insync.replicas': String(Math.max(1, copies - 1)),
    'max.message.bytes': String(mostBytes + WRAPPING),
  }
  const configEntries = Object.entries(entries).map(([name, value]) => ({ name, value }))
  return { topic, numPartitions: partitions, replicationFactor: copies, configEntries }
}
