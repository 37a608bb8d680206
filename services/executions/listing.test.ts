import { FINAL_STATES } from './execution.schema.ts'
import { search } from './listing.ts'

const refusal = (query: Parameters<typeof search>[0]) => {
  try {
    search(query, 'ann')
  } catch (error) {
    return (error as { data: { field: string }[] }).data.map(({ field }) => field)
  }
  return []
}

describe('a search for runs', () => {
  it('finds those of the caller, the newest first, and one more to see whether there are more', () => {
    expect(search({}, 'ann')).toEqual({ where: { user: 'ann' }, sort: { by: 'id', order: 'desc' }, limit: 51 })
    const cursor = '01a1fcf3-70b9-74ec-aaa0-a5f7a3b52f8a'
    expect(search({ limit: 7, cursor }, 'ann')).toMatchObject({ where: { id: { lt: cursor } }, limit: 8 })
  })

  it('takes several states, a language in any case and one label', () => {
    const { where } = search({ state: FINAL_STATES.join(), language: 'Python', label: 'team/x=a=b' }, 'ann')
    expect(where).toEqual({ user: 'ann', state: { in: [...FINAL_STATES] }, language: 'python', 'labels.team/x': 'a=b' })
    expect(search({ label: 'env:' }, 'ann').where).toMatchObject({ 'labels.env': '' })
  })

  it('takes times in any spelling of ISO 8601', () => {
    const { where } = search({ since: '2026-03-01', until: '2026-03-01T02:00:00+01:00' }, 'ann')
    expect(where?.createdAt).toEqual({ gte: '2026-03-01T00:00:00.000Z', lt: '2026-03-01T01:00:00.000Z' })
  })

  it('names every parameter that is wrong', () => {
    expect(refusal({ state: 'queued,gone' })).toEqual(['state'])
    expect(refusal({ label: 'x' })).toEqual(['label'])
    expect(refusal({ label: 'a"b=1' })).toEqual(['label'])
    expect(refusal({ state: '', since: 'soon', until: '' })).toEqual(['since', 'until'])
  })
})
