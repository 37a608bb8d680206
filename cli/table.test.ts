import { facts, table } from './table.ts'
import { ago, harmless, inBytes, inWords } from './words.ts'

describe('tables', () => {
  const columns = [
    { title: 'NAME', cell: (row: { name: string; count: number }) => row.name },
    { title: 'COUNT', cell: (row: { name: string; count: number }) => String(row.count), alignRight: true as const },
  ]

  it('align their columns and never end a line in spaces', () => {
    expect(
      table(columns, [
        { name: 'one', count: 1 },
        { name: 'eleven', count: 11 },
      ]),
    ).toBe('NAME    COUNT\none         1\neleven     11')
  })

  it('are cut at their width', () => {
    expect(table(columns, [{ name: 'x'.repeat(200), count: 1 }]).split('\n')[1]).toBe(`${'x'.repeat(99)}…`)
  })

  it('let nothing through that a terminal would obey', () => {
    expect(harmless('a\u001b[31mb\rc\u202ed\n')).toBe('a·[31mb·c·d·')
    expect(table(columns, [{ name: '\u001b]0;x\u0007', count: 1 }])).not.toContain('\u001b')
  })

  it('leave facts out that there are not', () => {
    expect(
      facts([
        ['id', 'x'],
        ['signal', null],
        ['message', 'y'],
      ]),
    ).toBe('id       x\nmessage  y')
  })
})

describe('quantities in words', () => {
  it('carry their unit and are never over-precise', () => {
    expect([34, 1234, 185_000, 7_800_000, 400_000_000].map(inWords)).toEqual([
      '34 ms',
      '1.2 s',
      '3 min 5 s',
      '2 h 10 min',
      '4 d',
    ])
    expect([0, 999, 1536, 11 * 1024 ** 2, 3.5 * 1024 ** 3].map(inBytes)).toEqual([
      '0 B',
      '999 B',
      '1.5 kB',
      '11 MB',
      '3.5 GB',
    ])
    const now = Date.parse('2026-01-02T00:00:00Z')
    expect(['2026-01-01T23:59:58Z', '2026-01-01T23:55:00Z', '2025-12-20T00:00:00Z'].map((at) => ago(at, now))).toEqual([
      'now',
      '5 min ago',
      '13 d ago',
    ])
  })
})
