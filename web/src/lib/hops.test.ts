import { steps } from './hops.ts'

const hop = (second: number, event: string, attempt = 1) => ({
  at: `2026-01-01T00:00:0${second}.000Z`,
  event,
  node: event === 'running' ? 'node-a' : null,
  attempt,
})

describe('the timeline of a run', () => {
  it('says what happened, where, and how long until the next', () => {
    const told = steps([hop(0, 'queued', 0), hop(1, 'running'), hop(3, 'succeeded')])
    expect(told.map(({ what, where, took }) => [what, where, took])).toEqual([
      ['accepted, waiting', '', '1 s'],
      ['started', 'node-a', '2 s'],
      ['succeeded', '', ''],
    ])
  })

  it('marks where a new attempt begins, and tells words it does not know', () => {
    const told = steps([hop(0, 'running'), hop(1, 'handed_back'), hop(2, 'running', 2)])
    expect(told.map((step) => step.isNewAttempt)).toEqual([false, false, true])
    expect(told[1]?.what).toBe('handed back')
  })
})
