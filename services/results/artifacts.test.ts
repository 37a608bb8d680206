import { LEFT_OUT, type LeftOut } from '../../mixins/executor/executor.ts'
import { noteOf } from './artifacts.ts'

describe('what was left out of the artifacts', () => {
  it('is not worth a word where it is nothing', () => {
    expect(noteOf({ leftOut: [], more: 0 })).toBeNull()
  })

  it('is named with the reason, a few by name and the rest by number', () => {
    const leftOut: LeftOut[] = ['a', 'b', 'c', 'd', 'e', 'f'].map((path) => ({ path, why: 'link' }))
    expect(noteOf({ leftOut: leftOut.slice(0, 1), more: 0 })).toBe('Left out: "a" (a symbolic link).')
    expect(noteOf({ leftOut, more: 3 })).toMatch(/"e" \(a symbolic link\) and 4 more\.$/)
  })

  it('has words for every reason, also where it is everything', () => {
    for (const why of LEFT_OUT)
      expect(noteOf({ leftOut: [{ path: '', why }], more: 0 })).toMatch(/^Nothing was handed out: .+\w\.$/)
  })
})
