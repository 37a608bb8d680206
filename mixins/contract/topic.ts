/** What is declared of a durable topic. */
type Declared = {
  readonly name: string
  readonly about: string
  /** The service in whose name a message is buried whose type nobody knows. */
  readonly owner: string
  /** Messages of one key keep their order; so many keys at most are handled by different members of a group. */
  readonly partitions: number
  /** How long a message is kept at least; null keeps it for ever. */
  readonly retentionMs: number | null
}

/** A durable topic as it is made where it is missing. One that is there stays as an operator wants it. */
export type Topic = Omit<Declared, 'owner'> & {
  readonly owner: string | null
  /** How large one message may be. */
  readonly mostBytes: number
}

/** How many partitions a topic has that nobody has declared. */
export const PARTITIONS = 8

const MOST_BYTES = 1_000_000
// A letter holds a whole message, and its bytes once more where they say more than the message does.
const MOST_BYTES_DEAD = 4_000_000

/** Where the letters lie about messages of a topic that could not be handled. */
export const deadTopic = (topic: string): string => `${topic}.dead`

const declared = new Map<string, Topic>()

/** Declares a topic, and the one that holds its dead letters, which are kept until somebody decides about them. */
export const topic = (spec: Declared): Topic => {
  const own: Topic = { ...spec, mostBytes: MOST_BYTES }
  const about = `Messages of \`${spec.name}\` that a group has given up.`
  const rest = { owner: null, retentionMs: null, mostBytes: MOST_BYTES_DEAD }
  declared.set(own.name, own)
  declared.set(deadTopic(own.name), { name: deadTopic(own.name), about, partitions: spec.partitions, ...rest })
  return own
}

/** What is known of a topic. One that nobody has declared is nobody's, and forgets nothing. */
export const topicNamed = (name: string): Topic =>
  declared.get(name) ?? {
    name,
    about: '',
    owner: null,
    partitions: PARTITIONS,
    retentionMs: null,
    mostBytes: MOST_BYTES,
  }
