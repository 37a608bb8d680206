import { BOLD, PLAIN, TYPED } from './ansi.ts'
import { classes, colours, pieces } from './pieces.ts'

describe('the pieces of a row', () => {
  it('end where the look changes and where a match does', () => {
    expect(pieces('ab\x1b[31mcd', PLAIN, [[1, 3]]).map(({ text, look, found }) => [text, look.fg, found])).toEqual([
      ['a', -1, false],
      ['b', -1, true],
      ['c', 1, true],
      ['d', 1, false],
    ])
  })

  it('hold every match of a span', () => {
    const cut = pieces('xaxax', PLAIN, [
      [1, 2],
      [3, 4],
    ])
    expect(cut.map((piece) => piece.text)).toEqual(['x', 'a', 'x', 'a', 'x'])
    expect(cut.map((piece) => piece.found)).toEqual([false, true, false, true, false])
  })

  it('have class names and colours', () => {
    expect(classes({ ...PLAIN, flags: BOLD | TYPED })).toBe('bold typed')
    expect(colours({ ...PLAIN, fg: 1 })).toEqual({ color: 'var(--ansi-1)' })
    expect(colours(PLAIN)).toEqual({})
  })
})
