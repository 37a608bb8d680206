export const PARTITIONS = 8

const WEEK_MS = 7 * 24 * 3_600_000
const FOR_EVER = '-1'
const MOST_COPIES = 3
const MOST_BYTES = 1_000_000
// A letter holds a whole message, and its bytes once more where they say more than the message does.
const MOST_BYTES_DEAD = 4_000_000
// What a broker adds to a message.
const WRAPPING = 100_000

export type Declaration = {
  topic: string
  numPartitions: number
  replicationFactor: number
  configEntries: { name: string; value: string }[]
}

const isDead = (topic: string) => topic.endsWith('.dead')

/** How large one message of a topic may be. */
export const mostBytes = (topic: string): number => (isDead(topic) ? MOST_BYTES_DEAD : MOST_BYTES)

/** How a topic is created where it is missing: copied as far as there are brokers, and dead letters kept for ever. */
export const declarationOf = (topic: string, brokers: number): Declaration => {
  const copies = Math.max(1, Math.min(MOST_COPIES, brokers))
  const entries = {
    'cleanup.policy': 'delete',
    'retention.ms': isDead(topic) ? FOR_EVER : String(WEEK_MS),
    // One copy may be away without anything having to wait.
    'min.insync.replicas': String(Math.max(1, copies - 1)),
    'max.message.bytes': String(mostBytes(topic) + WRAPPING),
  }
  const configEntries = Object.entries(entries).map(([name, value]) => ({ name, value }))
  return { topic, numPartitions: PARTITIONS, replicationFactor: copies, configEntries }
}
