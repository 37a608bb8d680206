import { Output } from './output.ts'
import { remarks } from './remarks.ts'
import type { Execution } from './wire.ts'

const run = (truncated: Execution['truncated']) =>
  ({ truncated, limits: { outputBytes: 1_048_576 } }) as unknown as Execution

describe('below an output', () => {
  it('stands nothing when all of it is shown', () => {
    expect(remarks(run({ stdout: false, stderr: false }), new Output())).toEqual([])
  })

  it('stands what was cut, and by which limit', () => {
    expect(remarks(run({ stdout: false, stderr: true }), new Output())).toEqual([
      'stderr was cut here: the limit is 1 MB of output (limits.outputBytes).',
    ])
  })

  it('stands what is binary', () => {
    const output = new Output()
    output.take({ stream: 'stdout', offset: 0, base64: Buffer.alloc(2048).toString('base64') }, 0)
    expect(remarks(run({ stdout: false, stderr: false }), output)[0]).toContain('stdout holds 2 KB of binary data')
  })
})
