import { isUtf8 } from 'node:buffer'
import type { Message, NewMessage } from './topics.ts'

/** A message as a broker takes it. */
export type NewRecord = { key: string; value: string; headers: Record<string, string> }

type Header = Buffer | string | (Buffer | string)[] | undefined

/** A message as a broker hands it out, whoever wrote it. */
export type KafkaRecord = {
  key: Buffer | null
  value: Buffer | null
  timestamp: string
  offset: string
  headers?: Record<string, Header>
}

export const recordOf = ({ id, key, type, headers, payload }: NewMessage): NewRecord => ({
  key,
  value: JSON.stringify(payload ?? null),
  headers: { ...headers, id, type },
})

/** About what a record takes on the wire. */
export const bytesOf = ({ key, value, headers }: NewRecord): number =>
  Object.entries(headers).reduce((sum, [name, text]) => sum + size(name) + size(text) + 2, size(key) + size(value) + 32)

/** Reads whatever a client has written; what is no message of ours becomes one as far as it goes. */
export const messageIn = (topic: string, partition: number, record: KafkaRecord): Message => {
  const { id = '', type = '', ...headers } = headersIn(record.headers)
  const offset = Number(record.offset)
  const { key, value } = record
  return {
    id: id || `${topic}/${partition}/${offset}`,
    key: key?.toString() ?? '',
    type,
    headers,
    ...read(value),
    topic,
    partition,
    offset,
    at: Number(record.timestamp),
  }
}

const size = (text: string) => Buffer.byteLength(text)

const headersIn = (headers: Record<string, Header> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, last(value)]))

// A header may come more than once; then the last one counts.
const last = (value: Header): string => String((Array.isArray(value) ? value.at(-1) : value) ?? '')

// Nothing at all is what Kafka calls a tombstone.
const read = (value: Buffer | null): Pick<Message, 'payload' | 'bytes' | 'fault'> => {
  if (value === null) return { payload: null }
  if (!isUtf8(value)) return { payload: null, bytes: value, fault: 'The payload is not UTF-8.' }
  try {
    return { payload: JSON.parse(value.toString()), bytes: value }
  } catch (error) {
    return { payload: null, bytes: value, fault: `The payload is not JSON: ${(error as Error).message}` }
  }
}
