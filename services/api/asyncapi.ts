import { type TopicContract, topicContracts } from '../../mixins/contract/contract.ts'
import { topicNamed } from '../../mixins/contract/topic.ts'
import { lettersOf } from '../../mixins/topics/dead-letter.ts'
import * as executions from '../executions/executions.events.ts'
import { type JsonSchema, objectSchema } from './json-schema.ts'

type Part = Record<string, unknown>

const contracts = topicContracts(executions)
const topics = [...new Set(contracts.map(({ topic }) => topic))]
const letters = topics.map(lettersOf)

const isFact = (contract: TopicContract) => 'key' in contract

const text = (description: string): JsonSchema => ({ type: 'string', description })

/** Every header that Greenroom writes; of a request all may be absent. */
const HEADERS: JsonSchema = {
  type: 'object',
  properties: {
    id: text(
      'Identifies the message for ever: a consumer drops what it has seen. A request without it is known by its place.',
    ),
    type: text('The name of the message, as in this document.'),
    version: text('The version of its contract; what breaks with an older one has another name as well.'),
    traceparent: text('W3C Trace Context: what the message is a part of.'),
    'replay-of': text(
      'What a replayed message repeats: a place in the topic, or a dead letter. Percent-encoded, as the following.',
    ),
    'replay-group': text('The only consumer group that a replayed message is for.'),
    'replay-by': text('Who asked for the replay.'),
    'replay-reason': text('Why.'),
  },
}

const idOf = (name: string) => name.replace(/[^A-Za-z0-9]+/g, '-')

const message = (contract: TopicContract): Part => ({
  name: contract.name,
  title: contract.name,
  summary: contract.about,
  contentType: 'application/json',
  headers: { $ref: '#/components/schemas/Headers' },
  payload: objectSchema(contract.payload),
  ...('key' in contract && {
    bindings: {
      kafka: {
        key: { type: 'string', description: `The field \`${contract.key}\`: messages of one key keep their order.` },
      },
    },
  }),
})

const FOR_EVER = -1

/** How a topic is made where it is missing. */
const binding = (topic: string): Part => {
  const { partitions, retentionMs, mostBytes } = topicNamed(topic)
  const topicConfiguration = { 'retention.ms': retentionMs ?? FOR_EVER, 'max.message.bytes': mostBytes }
  return { kafka: { topic, partitions, topicConfiguration, bindingVersion: '0.5.0' } }
}

const buriedBy = (owner: string | null) =>
  owner === null ? '' : ` A message of unknown type is buried in the name of \`${owner}\`.`

const channel = (topic: string, held: readonly TopicContract[]): Part => ({
  address: topic,
  description: `${topicNamed(topic).about}${buriedBy(topicNamed(topic).owner)}`,
  bindings: binding(topic),
  messages: Object.fromEntries(held.map(({ name }) => [idOf(name), { $ref: `#/components/messages/${idOf(name)}` }])),
})

const operation = (contract: TopicContract, action: 'send' | 'receive'): Part => ({
  action,
  channel: { $ref: `#/channels/${idOf(contract.topic)}` },
  summary: contract.about,
  messages: [{ $ref: `#/channels/${idOf(contract.topic)}/messages/${idOf(contract.name)}` }],
})

/** The durable topics as an AsyncAPI 3 document, printed from the contracts that every message is checked with. */
export const asyncapi = (version: string): Part => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Greenroom',
    version,
    description:
      'What Greenroom tells and takes on durable topics: at least once, in order per key. Consumers ignore fields that they do not know.',
  },
  defaultContentType: 'application/json',
  channels: Object.fromEntries([
    ...topics.map((topic) => [
      idOf(topic),
      channel(
        topic,
        contracts.filter((contract) => contract.topic === topic),
      ),
    ]),
    ...letters.map((letter) => [idOf(letter.topic), channel(letter.topic, [letter])]),
  ]),
  operations: Object.fromEntries([
    ...contracts.map((contract) => [idOf(contract.name), operation(contract, isFact(contract) ? 'send' : 'receive')]),
    ...letters.map((letter) => [`bury-${idOf(letter.topic)}`, operation(letter, 'send')]),
  ]),
  components: {
    schemas: { Headers: HEADERS },
    messages: Object.fromEntries(
      [...contracts, letters[0]!].map((contract) => [idOf(contract.name), message(contract)]),
    ),
  },
})
