import { Output } from './output.ts'

const rows = (output: Output) => Array.from({ length: output.lines.length }, (_, row) => output.lines.text(row))

describe('the output of a run', () => {
  it('is nothing lost and nothing repeated when pieces come twice', () => {
    const output = new Output()
    const pieces = [
      { stream: 'stdout' as const, offset: 0, text: 'grün\n' },
      { stream: 'stdout' as const, offset: 6, text: 'blau\n' },
    ]
    for (const piece of [...pieces, ...pieces]) output.take(piece, 1)
    output.take({ stream: 'stdout', offset: 6, text: 'blau\nrot\n' }, 1)
    expect(rows(output)).toEqual(['grün', 'blau', 'rot'])
    expect(output.bytes('stdout')).toBe(15)
  })

  it('keeps the time that the program wrote a piece', () => {
    const output = new Output()
    output.take({ stream: 'stderr', offset: 0, text: 'x', at: '2026-01-01T00:00:00Z' }, 1)
    output.take({ stream: 'stdout', offset: 0, text: 'y' }, 7)
    expect([output.lines.at(0), output.lines.at(1)]).toEqual([Date.parse('2026-01-01'), 7])
  })

  it('shows a binary as hex, and counts what it left out', () => {
    const output = new Output()
    output.take({ stream: 'stdout', offset: 0, base64: Buffer.alloc(10_000).toString('base64') }, 1)
    expect(output.lines.length).toBe(256)
    expect(output.binaryBytes('stdout')).toBe(10_000)
  })
})
