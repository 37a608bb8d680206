import type { Value } from '../sqlite/database.ts'
import type { Condition, Filter } from './documents.ts'

export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`

/** The names on the way to a field. Throws for names that not every server could search by. */
export const stepsOf = (path: string): string[] => {
  if (/["\\]/.test(path) || path.includes('\0')) {
    throw new TypeError(`A field name may not hold quotes or backslashes: ${path}`)
  }
  return path.split('.')
}

/** A field of a body as SQL; written the same way in every statement, or no index would fit. */
export const field = (path: string): string => {
  const names = stepsOf(path)
  if (path === 'id' || path === 'rev') return path
  const steps = names.map((step) => `."${step}"`)
  return `body->>${text(`$${steps.join('')}`)}`
}

const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

const stored = (value: string | number | boolean): Value => (typeof value === 'boolean' ? Number(value) : value)

const clauses = (path: string, condition: Condition): [string, Value][] => {
  if (typeof condition !== 'object') return [[`${field(path)} = ?`, stored(condition)]]
  if ('in' in condition) {
    return [[`${field(path)} in (select value from json_each(?))`, JSON.stringify(condition.in)]]
  }
  const bounds = Object.entries(condition).filter(([, value]) => value !== undefined)
  return [...bounds, ...ends(path, bounds)].map(([name, value]) => [
    `${field(path)} ${operators[name as keyof typeof operators]} ?`,
    value,
  ])
}

/** Every number is less than every text: the end of a range that is open keeps it among its own kind. */
const ends = (path: string, bounds: [string, Value][]): [string, Value][] => {
  const [bound] = bounds
  if (!bound || path === 'id' || path === 'rev') return []
  const isOpen = (side: string) => !bounds.some(([name]) => name.startsWith(side))
  if (typeof bound[1] === 'string') return isOpen('g') ? [['gte', '']] : []
  return isOpen('l') ? [['lt', '']] : []
}

export type Selection = { sql: string; values: Value[] }

/** The condition that selects a collection's documents; the name is a literal because partial indexes ask for it. */
export const selection = (collection: string, where: Filter = {}): Selection => {
  const all = Object.entries(where).flatMap(([path, condition]) => clauses(path, condition))
  return {
    sql: [`collection = ${text(collection)}`, ...all.map(([sql]) => sql)].join(' and '),
    values: all.map(([, value]) => value),
  }
}

const BRANCHES = 8

/** A filter as several that exclude each other and have equalities in place of a small set: an index orders each. */
export const branches = (where: Filter): Filter[] => {
  const isSmallSet = (condition: Condition) =>
    typeof condition === 'object' && 'in' in condition && condition.in.length > 0 && condition.in.length <= BRANCHES
  const found = Object.entries(where).find(([, condition]) => isSmallSet(condition))
  if (!found) return [where]
  const [path, condition] = found as [string, { in: readonly (string | number)[] }]
  return [...new Set(condition.in)].map((value) => ({ ...where, [path]: value }))
}
