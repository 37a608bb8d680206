import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import { topicContracts } from '../../mixins/contract/contract.ts'
import { topicNamed } from '../../mixins/contract/topic.ts'
import * as executions from '../executions/executions.events.ts'
import { asyncapi } from './asyncapi.ts'

const specification = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object
const document = JSON.parse(JSON.stringify(asyncapi('1.2.3')))

const resolved = (ref: string) =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document)

/** Every value of a kind of key, wherever it lies. */
const all = (value: unknown, key: string): unknown[] => {
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([name, inner]) => (name === key ? [inner] : all(inner, key)))
}

describe('the AsyncAPI document', () => {
  it('follows the specification, version 3.0.0', () => {
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(specification)
    expect([validate(document), validate.errors]).toEqual([true, null])
    expect(validate({ ...document, asyncapi: '2.0.0' })).toBe(false)
  })

  it('points at nothing that is not there', () => {
    const refs = all(document, '$ref') as string[]
    expect(refs.length).toBeGreaterThan(20)
    expect(refs.filter((ref) => resolved(ref) === undefined)).toEqual([])
  })

  it('has every fact, the request and the dead letters, each on its topic', () => {
    const addresses = Object.values(document.channels as Record<string, { address: string }>).map(
      ({ address }) => address,
    )
    expect(addresses.toSorted()).toEqual([
      ...['executions.events', 'executions.events.dead', 'executions.requests', 'executions.requests.dead'],
    ])
    const actions = Object.entries(document.operations as Record<string, { action: string }>)
    expect(Object.fromEntries(actions.map(([name, { action }]) => [name, action]))).toMatchObject({
      'executions-requested': 'receive',
      'executions-queued': 'send',
      'executions-ended': 'send',
      'bury-executions-events-dead': 'send',
    })
  })

  it('says of each topic how it is made where it is missing', () => {
    const { channels } = document
    expect(channels['executions-events'].bindings.kafka).toMatchObject({
      ...{ topic: 'executions.events', partitions: 8 },
      topicConfiguration: { 'retention.ms': 604_800_000, 'max.message.bytes': 1_000_000 },
    })
    expect(channels['executions-events-dead'].bindings.kafka.topicConfiguration['retention.ms']).toBe(-1)
    expect(channels['executions-requests'].description).toContain('in the name of `executions`')
  })

  it('declares every topic that a contract names', () => {
    const owners = topicContracts(executions).map(({ topic }) => topicNamed(topic).owner)
    expect(owners.length).toBeGreaterThan(5)
    expect(owners).not.toContain(null)
  })

  it('says of a request what the HTTP door says, and of a fact by which field it is keyed', () => {
    const { messages } = document.components
    expect(messages['executions-requested'].payload).toMatchObject({
      additionalProperties: false,
      required: ['language'],
    })
    expect(messages['executions-ended'].bindings.kafka.key.description).toContain('executionId')
  })
})
