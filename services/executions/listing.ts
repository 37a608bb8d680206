import type { Params } from '../../mixins/contract/contract.ts'
import type { Filter, Find } from '../../mixins/store/documents.ts'
import { STATES } from './execution.schema.ts'
import type { executions } from './executions.contract.ts'
import { type FieldError, InvalidSubmission } from './executions.errors.ts'

type Query = Params<typeof executions.list>

const DEFAULT_LIMIT = 50
// A page ends with a run, whose id is where the next one begins.
const CURSOR = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The search that a list request stands for, the newest run first, one more than asked for to see whether there are more. */
export const search = (query: Query, user: string): Find & { limit: number } => {
  const errors: FieldError[] = []
  const where: Filter = { user }
  if (query.state) where.state = { in: states(query.state, errors) }
  if (query.language) where.language = query.language.toLowerCase()
  if (query.label) addLabel(query.label, where, errors)
  const since = time('since', query.since, errors)
  const until = time('until', query.until, errors)
  if (since || until) where.createdAt = { ...(since && { gte: since }), ...(until && { lt: until }) }
  if (query.cursor) {
    if (CURSOR.test(query.cursor)) where.id = { lt: query.cursor }
    else errors.push({ field: 'cursor', message: 'cursor: give the `next` of an earlier page.' })
  }
  if (errors.length > 0) throw new InvalidSubmission(errors)
  return { where, sort: { by: 'id', order: 'desc' }, limit: (query.limit ?? DEFAULT_LIMIT) + 1 }
}

const states = (text: string, errors: FieldError[]): string[] => {
  const wanted = text.split(',')
  const unknown = wanted.filter((state) => !(STATES as readonly string[]).includes(state))
  if (unknown.length > 0)
    errors.push({ field: 'state', message: `state: ${JSON.stringify(unknown[0])} is none of ${STATES.join(', ')}.` })
  return wanted
}

const addLabel = (text: string, where: Filter, errors: FieldError[]) => {
  const found = /^([A-Za-z0-9][A-Za-z0-9_/-]{0,62})[=:](.*)$/s.exec(text)
  if (found) where[`labels.${found[1]}`] = found[2] ?? ''
  else errors.push({ field: 'label', message: 'label: write it as name=value.' })
}

const time = (field: 'since' | 'until', text: string | undefined, errors: FieldError[]): string | undefined => {
  if (text === undefined) return undefined
  const at = new Date(text)
  if (!Number.isNaN(at.getTime())) return at.toISOString()
  errors.push({ field, message: `${field}: ${JSON.stringify(text.slice(0, 64))} is not a time (ISO 8601).` })
  return undefined
}
