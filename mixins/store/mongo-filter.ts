import type { Document as Bson, IndexDescription, Sort } from 'mongodb'
import type { Collection, Condition, Filter, Find } from './documents.ts'
import { stepsOf } from './filter.ts'
import { storedName, storedText } from './mongo-body.ts'

/** Where a field of a document is stored. */
export const storedPath = (path: string): string => {
  const steps = stepsOf(path)
  if (path === 'id') return '_id'
  if (path === 'rev') return 'rev'
  return ['body', ...steps.map(storedName)].join('.')
}

const value = (of: string | number | boolean) => (typeof of === 'string' ? storedText(of) : of)

const comparison = (condition: Condition): unknown => {
  if (typeof condition !== 'object') return { $eq: value(condition) }
  if ('in' in condition) return { $in: condition.in.map(value) }
  const bounds = Object.entries(condition).filter(([, bound]) => bound !== undefined)
  return Object.fromEntries(bounds.map(([name, bound]) => [`$${name}`, value(bound)]))
}

/** Selects what is there: a document that was removed has a negative revision until its facts are published. */
export const selectionOf = (where: Filter = {}): Bson => ({
  $and: [
    { rev: { $gt: 0 } },
    ...Object.entries(where).map(([path, condition]) => ({ [storedPath(path)]: comparison(condition) })),
  ],
})

/** Equal values are in the order of their ids. */
export const orderOf = (sort: Find['sort']): Sort => {
  if (!sort) return {}
  const direction = sort.order === 'desc' ? -1 : 1
  return { [storedPath(sort.by)]: direction, _id: direction }
}

const UNIQUE = ' is unique'

/** The indexes of a collection; each one that is searched ends with the id, which orders equal values. */
export const indexesOf = ({ indexes = [], unique = [] }: Collection): IndexDescription[] => [
  { key: { pending: 1 }, name: 'pending' },
  ...indexes.map((paths) => ({
    key: Object.fromEntries([...paths, 'id'].map((path) => [storedPath(path), 1 as const])),
    name: paths.join(','),
  })),
  ...unique.map((path) => ({ key: { [storedPath(path)]: 1 as const }, name: `${path}${UNIQUE}`, unique: true })),
]

/** The field of which a write would have made a second one, by the message of the server; every version says it so. */
export const duplicateField = (message: string): string => {
  const [, index = ''] = /index: (.+?) dup key/.exec(message) ?? []
  return index.endsWith(UNIQUE) ? index.slice(0, -UNIQUE.length) : 'id'
}
