import type { Message, NewMessage } from './topics.ts'

/** Why a message is on its topic once more, and for whom. */
export type Provenance = {
  /** What is repeated: the id of a dead letter, or `<topic>/<partition>/<offset>`. */
  of: string
  /** The only group that handles it, where the others have handled it long ago; null is for every group. */
  group: string | null
  by: string
  reason: string
}

const PREFIX = 'replay-'

// Kafka clients differ in what they make of other characters in a header.
const written = (text: string) => encodeURIComponent(text)

/** The same message, with the same id, so that whoever has seen it knows it again; its headers say why it comes. */
export const replayed = (message: NewMessage, provenance: Provenance): NewMessage => {
  const { id, key, type, headers, payload } = message
  const others = Object.entries(headers).filter(([name]) => !name.startsWith(PREFIX))
  const origin = Object.entries(provenance).flatMap(([name, text]) =>
    text === null ? [] : [[PREFIX + name, written(text)]],
  )
  return { id, key, type, payload, headers: Object.fromEntries([...others, ...origin]) }
}

export const isReplayed = ({ headers }: NewMessage): boolean => `${PREFIX}of` in headers

/** What a replayed message repeats; null for any other. */
export const replayOf = ({ headers }: NewMessage): string | null => {
  const text = headers[`${PREFIX}of`]
  return text === undefined ? null : read(text)
}

/** Whether a group must handle the message. */
export const isMeantFor = ({ headers }: NewMessage, group: string): boolean => {
  const only = headers[`${PREFIX}group`]
  return only === undefined || read(only) === group
}

// Headers may come from anybody.
const read = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const placeOf = ({ topic, partition, offset }: Message): string => `${topic}/${partition}/${offset}`
