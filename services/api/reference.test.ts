import { readFileSync } from 'node:fs'
import { described } from '../../mixins/contract/print.ts'
import { pages, printEvents, withTables } from './reference.ts'

describe('the reference', () => {
  it('of facts, signals and jobs is current; `node services/api/reference.ts` writes it', () => {
    expect(readFileSync(pages.events, 'utf8')).toBe(printEvents())
  })

  it('of the API is current; `node services/api/reference.ts` writes its tables', () => {
    const page = readFileSync(pages.api, 'utf8')
    expect(page).toBe(withTables(page))
  })

  it.each([
    [{ type: 'number', integer: true }, 'whole number'],
    [{ type: 'string', nullable: true, optional: true }, 'string or null, may be absent'],
    [{ type: 'enum', values: ['a', 'b'] }, '`a`, `b`'],
    [{ type: 'array', items: { type: 'object', props: { $$strict: true, a: {}, b: {} } } }, 'list of { a, b }'],
    [{ type: 'record', value: { type: 'string' } }, 'map to string'],
    [{ type: 'multi', rules: [{ type: 'string' }, { type: 'object' }] }, 'string or object'],
  ])('describes %j as %s', (rule, words) => {
    expect(described(rule)).toBe(words)
  })
})
