import { backoff, Patience } from './patience.ts'

describe('coming back', () => {
  it('takes longer each time, up to a cap', () => {
    expect([0, 1, 2, 10].map((attempt) => backoff(attempt, 0.5))).toEqual([250, 500, 1000, 8000])
  })

  it('may be hurried or given up', async () => {
    const patience = new Patience()
    const abort = new AbortController()
    const hurried = patience.wait(60_000, abort.signal)
    patience.end()
    await hurried
    const given = patience.wait(60_000, abort.signal)
    abort.abort()
    await given
  })
})
