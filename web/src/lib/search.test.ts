import { LineStore } from './lines.ts'
import { matches, Search } from './search.ts'

describe('a search in the output', () => {
  const store = new LineStore()
  store.append('stdout', 'Alpha\nbeta\nalphabet\ngam', 0)

  it('finds rows whatever their case, colours apart', () => {
    const search = new Search(store, 'ALPHA')
    expect(search.advance(100)).toBe(true)
    expect([search.count, search.row(0), search.row(1)]).toEqual([2, 0, 2])
    expect([search.from(1), search.from(3)]).toEqual([1, 0])
  })

  it('goes on as rows arrive, and counts a growing row once', () => {
    const search = new Search(store, 'gam')
    search.advance(100)
    store.append('stdout', 'ma gamma', 0)
    search.advance(100)
    store.append('stdout', '\nGAMMA\n', 0)
    search.advance(100)
    expect([search.count, search.row(0), search.row(1)]).toEqual([2, 3, 4])
  })

  it('finds nothing when nothing is asked for', () => {
    const search = new Search(store, '')
    expect([search.advance(1), search.count]).toEqual([true, 0])
  })

  it('marks every match in a row', () => {
    expect(matches('aXbxc', 'x')).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(matches('abc', '')).toEqual([])
  })
})
