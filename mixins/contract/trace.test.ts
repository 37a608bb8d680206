import { traceIn, traceOf, traceParent } from './trace.ts'

const trace = '0af7651916cd43dd8448eb211c80319c'

describe('a trace', () => {
  it('is read from a header that follows the recommendation, and from no other', () => {
    expect(traceIn(`00-${trace}-b7ad6b7169203331-01`)).toBe(trace)
    for (const bad of [
      undefined,
      '',
      trace,
      `01-${trace}-b7ad6b7169203331-01`,
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    ])
      expect(traceIn(bad)).toBeNull()
  })

  it('is the id of the request where that is a UUID, and otherwise follows from it', () => {
    expect(traceOf('0af76519-16cd-43dd-8448-eb211c80319c')).toBe(trace)
    expect(traceOf('order-17')).toMatch(/^[0-9a-f]{32}$/)
    expect(traceOf('order-17')).toBe(traceOf('order-17'))
  })

  it('goes on in a header of its own for every step', () => {
    const [one, two] = [traceParent(trace), traceParent(trace)]
    expect([traceIn(one), traceIn(two), one === two]).toEqual([trace, trace, false])
  })
})
