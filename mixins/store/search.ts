import type { Filter, Find } from './documents.ts'
import { branches, field, type Selection, selection } from './filter.ts'
import { choice, type Index, quoted } from './indexes.ts'

const from = (indexes: readonly Index[], where: Filter, sort: Find['sort']): string => {
  const index = choice(indexes, where, sort)
  return index ? `document indexed by ${quoted(index.name)}` : 'document'
}

/** The statement that finds the bodies of a collection's documents. */
export const search = (collection: string, indexes: readonly Index[], { where = {}, sort, limit }: Find): Selection => {
  if (!sort) {
    const { sql, values } = selection(collection, where)
    return { sql: `select body from ${from(indexes, where, sort)} where ${sql} limit ?`, values: [...values, limit] }
  }
  const direction = sort.order === 'desc' ? 'desc' : 'asc'
  const order = `order by place ${direction}, id ${direction} limit ?`
  const parts = branches(where).map((branch) => {
    const { sql, values } = selection(collection, branch)
    const by = field(sort.by)
    const within = [...new Set([by, 'id'])].map((column) => `${column} ${direction}`).join(', ')
    const source = `${from(indexes, branch, sort)} where ${sql} order by ${within} limit ?`
    return { sql: `select * from (select id, ${by} as place, body from ${source})`, values: [...values, limit] }
  })
  const [only] = parts
  const values = parts.flatMap((part) => part.values)
  if (only && parts.length === 1) return { sql: `select body from (${only.sql})`, values }
  const union = parts.map((part) => part.sql).join(' union all ')
  return { sql: `select body from (${union}) ${order}`, values: [...values, limit] }
}

/** The statement that counts as `n` what a search would find. */
export const tally = (collection: string, indexes: readonly Index[], where: Filter): Selection => {
  const { sql, values } = selection(collection, where)
  return { sql: `select count(*) as n from ${from(indexes, where, undefined)} where ${sql}`, values }
}
