import type { EventContract, JobContract, SignalContract, TopicContract } from './contract.ts'
import { markdownTable } from './markdown-table.ts'
import type { Schema } from './schema.ts'
import type { Topic } from './topic.ts'

type Rule = {
  type?: string
  values?: readonly unknown[]
  items?: Rule
  props?: Schema
  value?: Rule
  rules?: readonly Rule[]
  integer?: boolean
  optional?: boolean
  nullable?: boolean
}

/** What a value looks like, in words. */
export const described = (rule: Rule): string => {
  const bare = plain(rule)
  return `${bare}${rule.nullable ? ' or null' : ''}${rule.optional ? ', may be absent' : ''}`
}

const plain = (rule: Rule): string => {
  if (rule.type === 'enum') return (rule.values ?? []).map((value) => `\`${value}\``).join(', ')
  if (rule.type === 'array') return `list of ${rule.items ? described(rule.items) : 'anything'}`
  if (rule.type === 'record') return `map to ${rule.value ? described(rule.value) : 'anything'}`
  if (rule.type === 'multi') return (rule.rules ?? []).map(described).join(' or ')
  if (rule.type === 'object')
    return rule.props
      ? `{ ${fieldsOf(rule.props)
          .map(([name]) => name)
          .join(', ')} }`
      : 'object'
  if (rule.type === 'number') return rule.integer ? 'whole number' : 'number'
  return rule.type ?? 'anything'
}

const fieldsOf = (schema: Schema) =>
  Object.entries(schema).filter(([name]) => !name.startsWith('$$')) as [string, Rule][]

const payload = (schema: Schema): string[] =>
  markdownTable([['field', 'value'], ...fieldsOf(schema).map(([name, rule]) => [`\`${name}\``, described(rule)])])

type Printed = { heading: string; about: string; payload: Schema }

const section = ({ heading, about, payload: schema }: Printed): string[] => [
  `### ${heading}`,
  '',
  about,
  '',
  ...payload(schema),
  '',
]

const DAY_MS = 24 * 3_600_000

const kept = (retentionMs: number | null) => {
  const days = (retentionMs ?? 0) / DAY_MS
  return retentionMs === null ? 'for ever' : `${days} ${days === 1 ? 'day' : 'days'}`
}

/** Topics with what was declared of them. */
export const printTopics = (topics: readonly Topic[]): string[] =>
  markdownTable([
    ['topic', 'what it holds', 'partitions', 'kept', 'owner'],
    ...topics.map(({ name, about, partitions, retentionMs, owner }) => [
      `\`${name}\``,
      about,
      String(partitions),
      kept(retentionMs),
      owner === null ? '-' : `\`${owner}\``,
    ]),
  ])

/** Facts with their topic and key, each with its payload. */
export const printFacts = (facts: readonly EventContract[]): string[] =>
  facts.flatMap(({ name, topic, key, about, payload: schema }) =>
    section({ heading: `\`${name}\``, about: `${about} Topic \`${topic}\`, key \`${key}\`.`, payload: schema }),
  )

/** Requests with their topic, each with its payload. */
export const printRequests = (requests: readonly TopicContract[]): string[] =>
  requests.flatMap(({ name, topic, about, payload: schema }) =>
    section({ heading: `\`${name}\``, about: `${about} Topic \`${topic}\`.`, payload: schema }),
  )

/** Signals or jobs, each with its payload. */
export const printNews = (all: readonly (SignalContract | JobContract)[]): string[] =>
  all.flatMap(({ name, about, payload: schema }) => section({ heading: `\`${name}\``, about, payload: schema }))
