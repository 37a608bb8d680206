import type { Collection, Condition, Filter, Find } from './documents.ts'
import { field, text } from './filter.ts'

export type Index = {
  name: string
  fields: readonly string[]
  isUnique: boolean
  /** Creates the index where it does not exist. */
  sql: string
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The indexes of a collection. Each one ends with the id, so that equal values come in the order of the ids. */
export const indexesOf = ({ name: collection, indexes = [], unique = [] }: Collection): Index[] => {
  const index = (paths: readonly string[], isUnique: boolean): Index => {
    const fields = isUnique || paths.at(-1) === 'id' ? paths : [...paths, 'id']
    const name = `${collection}:${paths.join(',')}${isUnique ? ' is unique' : ''}`
    const on = `document(${fields.map(field).join(', ')}) where collection = ${text(collection)}`
    return {
      name,
      fields,
      isUnique,
      sql: `create ${isUnique ? 'unique ' : ''}index if not exists ${quoted(name)} on ${on}`,
    }
  }
  return [...indexes.map((paths) => index(paths, false)), ...unique.map((path) => index([path], true))]
}

const isEquality = (condition: Condition | undefined) => condition !== undefined && typeof condition !== 'object'

/** How well an index serves a search: each equality of its first fields, then a range or the order of the next one. */
const worth = ({ fields }: Index, where: Filter, sort: Find['sort']): number => {
  const open = fields.findIndex((path) => !isEquality(where[path]))
  const next = open < 0 ? undefined : fields[open]
  const equalities = open < 0 ? fields.length : open
  if (next === undefined) return 4 * equalities
  return 4 * equalities + (sort?.by === next ? 2 : 0) + (where[next] === undefined ? 0 : 1)
}

/**
 * The index to search by, chosen by rule and not by the database's guess, which without statistics prefers the wrong
 * one as a collection grows. Undefined where none helps.
 */
export const choice = (indexes: readonly Index[], where: Filter, sort: Find['sort']): Index | undefined => {
  let best: Index | undefined
  let most = 0
  for (const index of indexes) {
    const value = worth(index, where, sort)
    if (value > most) [best, most] = [index, value]
  }
  return best
}
