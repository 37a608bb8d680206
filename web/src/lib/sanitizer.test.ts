import { Sanitizer } from './sanitizer.ts'

const clean = (...pieces: string[]) => {
  const sanitizer = new Sanitizer()
  return pieces.map((piece) => sanitizer.push(piece)).join('')
}

describe('what a program prints', () => {
  it.each([
    ['keeps plain text, line ends and tabs', 'a\tb\nc\r\n', 'a\tb\nc\r\n'],
    ['keeps colours', '\x1b[1;31mred\x1b[0m', '\x1b[1;31mred\x1b[0m'],
    ['reads colours written with colons', '\x1b[38:2::1:2:3mx\x1b[38:5:9my', '\x1b[38;2;1;2;3mx\x1b[38;5;9my'],
    ['loses cursor movement and screen clearing', 'a\x1b[2J\x1b[1;1Hb\x1b[?25lc', 'abc'],
    ['loses window titles and links', '\x1b]0;evil\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\', 'alink'],
    ['loses device control strings', '\x1bPq#0;2;0;0;0\x1b\\x', 'x'],
    ['loses character set switches', '\x1b(Ba', 'a'],
    ['loses bells', 'a\x07b', 'ab'],
    ['loses codes out of the allow-list', '\x1b[999mx\x1b[>4mz', 'xz'],
    ['shows stray control characters', 'a\0b\x7fc\u0085', 'a\u2400b\u2421c\ufffd'],
    ['does not swallow lines after a broken sequence', '\x1b[31\nnext', '\nnext'],
  ])('%s', (_, dirty, expected) => {
    expect(clean(dirty)).toBe(expected)
    expect(clean(...dirty)).toBe(expected)
  })

  it('does not grow without end inside a sequence that never ends', () => {
    expect(clean(`\x1b[${'1;'.repeat(5000)}`).length).toBeGreaterThan(9000)
  })
})
