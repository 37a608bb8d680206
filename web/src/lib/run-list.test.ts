import { EVERY_RUN } from './route.ts'
import { doable, queryOf, refreshed, unheard } from './run-list.ts'
import type { ExecutionItem, State } from './wire.ts'

const item = (id: string, state: State = 'succeeded') => ({ id, state }) as ExecutionItem

describe('a list of runs on screen', () => {
  it('asks for what was chosen and nothing else', () => {
    const now = Date.parse('2026-01-02T00:00:00.000Z')
    expect(queryOf(EVERY_RUN, now)).toEqual({})
    expect(queryOf({ ...EVERY_RUN, state: 'failed', time: '1d' }, now)).toEqual({
      state: 'failed',
      since: '2026-01-01T00:00:00.000Z',
    })
    expect(queryOf({ ...EVERY_RUN, time: 'nonsense' }, now)).toEqual({})
  })

  it('is updated in its place, and what is new waits', () => {
    const { items, fresh } = refreshed([item('b', 'running'), item('a')], [item('d'), item('c'), item('b', 'failed')])
    expect(items).toEqual([item('b', 'failed'), item('a')])
    expect(fresh.map(({ id }) => id)).toEqual(['d', 'c'])
  })

  it('does not take for new what lies below its end', () => {
    expect(refreshed([item('c')], [item('c'), item('a')]).fresh).toEqual([])
  })

  it('asks for those that go on and were not told', () => {
    expect(unheard([item('c', 'running'), item('b', 'queued'), item('a')], [item('c')], 5)).toEqual(['b'])
  })

  it('cancels what goes on and deletes what has ended', () => {
    const chosen = new Set(['a', 'b'])
    expect(doable([item('c'), item('b', 'running'), item('a')], chosen)).toEqual({ cancel: ['b'], remove: ['a'] })
  })
})
