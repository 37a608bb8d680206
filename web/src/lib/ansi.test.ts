import { BOLD, css, PLAIN, plain, spans, TYPED, typed } from './ansi.ts'

describe('colours in output', () => {
  it('cut a line into pieces that look the same', () => {
    const { spans: pieces, end } = spans('a\x1b[1;31mb\x1b[0mc')
    expect(pieces).toEqual([
      { text: 'a', look: PLAIN },
      { text: 'b', look: { flags: BOLD, fg: 1, bg: -1 } },
      { text: 'c', look: PLAIN },
    ])
    expect(end).toEqual(PLAIN)
  })

  it('go on in the next line until they are reset', () => {
    const first = spans('\x1b[32mgreen')
    expect(spans('still', first.end).spans[0]?.look.fg).toBe(2)
  })

  it('may be bright, of 256, or any', () => {
    expect(spans('\x1b[97mx').spans[0]?.look.fg).toBe(15)
    expect(spans('\x1b[38;5;196;48;2;1;2;3mx').spans[0]?.look).toEqual({ flags: 0, fg: 196, bg: 0x1010203 })
    expect(spans('\x1b[38;5;1m\x1b[39mx').spans[0]?.look).toEqual(PLAIN)
  })

  it('become tokens of the theme, or the colour itself', () => {
    expect([css(1), css(16), css(231), css(244), css(0x1ff8000)]).toEqual([
      'var(--ansi-1)',
      'rgb(0 0 0)',
      'rgb(255 255 255)',
      'rgb(128 128 128)',
      '#ff8000',
    ])
  })

  it('leave the text when they are taken away', () => {
    expect(plain('\x1b[1ma\x1b[0mb')).toBe('ab')
  })

  it('tell what a person typed', () => {
    expect(spans(typed('Bob')).spans).toEqual([{ text: 'Bob', look: { flags: TYPED, fg: -1, bg: -1 } }])
  })
})
