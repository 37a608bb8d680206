import { PRIORITIES, type Priority, type State } from '../executions/execution.schema.ts'
import { Line, type News, type Rules } from './line.ts'

const T0 = Date.parse('2026-03-01T12:00:00Z')
const rules: Rules = { slots: 100, userSlots: Number.POSITIVE_INFINITY, agingMs: 30_000 }

const full: Rules = { ...rules, slots: 0 }

type Detail = { user?: string; priority?: Priority; at?: number; rev?: number; state?: State }

const news = (
  executionId: string,
  { user = 'ann', priority = 'normal', at = 0, rev = 1, state = 'queued' }: Detail = {},
): News => ({
  executionId,
  rev,
  state,
  user,
  priority,
  createdAt: new Date(T0 + at).toISOString(),
})

const lineOf = (...all: News[]) => {
  const line = new Line()
  for (const one of all) line.apply(one)
  return line
}

const drain = (line: Line, by: Rules = rules, now = T0) => {
  const ids: string[] = []
  for (let id = line.next(by, now); id; id = line.next(by, now)) ids.push(id)
  return ids
}

describe('the line', () => {
  it('serves the more urgent first, and within a priority the earlier', () => {
    const line = lineOf(
      ...[...PRIORITIES].reverse().map((priority, at) => news(priority, { priority, at })),
      news('later', { priority: 'high', at: 100 }),
    )
    expect(drain(line)).toEqual(['critical', 'high', 'later', 'normal', 'low', 'idle'])
  })

  it('counts each wait of the aging time as one priority, so that nobody waits for ever', () => {
    const old = news('old', { priority: 'idle', at: -4 * rules.agingMs })
    expect(lineOf(old, news('new', { priority: 'critical' })).next(rules, T0)).toBe('old')
    const younger = news('younger', { priority: 'idle', at: -4 * rules.agingMs + 1 })
    expect(lineOf(younger, news('new', { priority: 'critical' })).next(rules, T0)).toBe('new')
  })

  it('gives the next slot to whoever holds fewer of them', () => {
    const anns = [1, 2, 3].map((at) => news(`ann-${at}`, { at }))
    const bobs = [news('bob-1', { user: 'bob', at: 10 }), news('bob-2', { user: 'bob', at: 11 })]
    expect(drain(lineOf(...anns, ...bobs))).toEqual(['ann-1', 'bob-1', 'ann-2', 'bob-2', 'ann-3'])
  })

  it('holds back whoever has as many slots as one user may, and no other', () => {
    const line = lineOf(news('a1'), news('a2', { at: 1 }), news('b1', { user: 'bob', at: 2 }))
    expect(drain(line, { ...rules, userSlots: 1 })).toEqual(['a1', 'b1'])
    line.apply(news('a1', { rev: 3, state: 'succeeded' }))
    expect(line.next({ ...rules, userSlots: 1 }, T0)).toBe('a2')
  })

  it('never gives out more slots than there are', () => {
    const line = lineOf(...[1, 2, 3].map((at) => news(`r${at}`, { at })))
    expect(drain(line, { ...rules, slots: 2 })).toEqual(['r1', 'r2'])
    expect([line.length, line.holding]).toEqual([1, 2])
    expect(line.next({ ...rules, slots: 0 }, T0)).toBeNull()
  })

  it('knows a run that was already running, and frees its slot when it ends', () => {
    const line = lineOf(news('r', { state: 'running', rev: 7 }))
    expect([line.length, line.holding]).toEqual([0, 1])
    line.apply(news('r', { state: 'failed', rev: 8 }))
    expect([line.length, line.holding]).toEqual([0, 0])
  })

  it('ignores news that are older than what it knows, in every state', () => {
    const line = lineOf(news('r', { rev: 3, state: 'running' }))
    for (const stale of [news('r'), news('r', { rev: 2, state: 'scheduled' }), news('r', { rev: 3 })]) line.apply(stale)
    expect([line.length, line.holding]).toEqual([0, 1])
    line.apply(news('r', { rev: 4, state: 'cancelled' }))
    for (const stale of [news('r'), news('r', { rev: 3, state: 'running' })]) line.apply(stale)
    expect([line.length, line.holding]).toEqual([0, 0])
  })

  it('keeps a place for a run about to be accepted, which is not served and given away in time', () => {
    const line = new Line()
    expect(line.admit('r', 'ann', 'normal', full, T0)).toBe(false)
    expect([line.length, line.next(rules, T0)]).toEqual([1, null])
    expect(line.explain('r', rules, T0)).toEqual({ ahead: 0, user: 'ann', held: 0 })
    line.expire(T0 + 10_000)
    expect(line.length).toBe(1)
    line.expire(T0 + 10_001)
    expect(line.length).toBe(0)
  })

  it('takes back the place of a run that was not accepted, and of no other', () => {
    const line = new Line()
    for (const id of ['a', 'b']) line.admit(id, 'ann', 'normal', full, T0)
    line.apply(news('b'))
    for (const id of ['a', 'b', 'unknown']) line.dismiss(id)
    expect([line.length, line.next(rules, T0)]).toEqual([1, 'b'])
  })

  it('serves a run as soon as it is accepted, and keeps it then', () => {
    const line = new Line()
    line.admit('r', 'ann', 'normal', full, T0)
    line.apply(news('r'))
    line.expire(T0 + 1e9)
    expect([line.length, line.next(rules, T0)]).toEqual([1, 'r'])
  })

  it('gives a run about to be accepted a slot where one is free, as often as it is asked', () => {
    const line = new Line()
    const admit = (id: string) => line.admit(id, 'ann', 'normal', { ...rules, slots: 2 }, T0)
    expect(['a', 'a', 'b', 'c', 'c'].map(admit)).toEqual([true, true, true, false, false])
    line.apply(news('a', { rev: 2, state: 'scheduled' }))
    line.apply(news('a'))
    expect([line.length, line.holding]).toEqual([1, 2])
    line.apply(news('a', { rev: 3, state: 'succeeded' }))
    expect(admit('c')).toBe(false)
  })

  it('gives it none that its user may not have, or that somebody waits for who may', () => {
    const one = { ...rules, userSlots: 1 }
    const line = lineOf(news('a1', { state: 'running' }))
    expect(line.admit('a2', 'ann', 'critical', one, T0)).toBe(false)
    expect(line.admit('b1', 'bob', 'idle', one, T0)).toBe(true)
    expect(line.admit('c1', 'cat', 'idle', full, T0)).toBe(false)
    expect(line.admit('d1', 'dan', 'critical', one, T0)).toBe(false)
  })

  it('takes the slot back of a run that was not accepted, or not in time, and of no other', () => {
    const line = new Line()
    for (const id of ['refused', 'late', 'kept']) line.admit(id, 'ann', 'normal', rules, T0)
    line.apply(news('kept', { rev: 2, state: 'scheduled' }))
    for (const id of ['refused', 'kept']) line.dismiss(id)
    expect(line.held().map(({ id }) => id)).toEqual(['late', 'kept'])
    line.expire(T0 + 10_001)
    expect(line.held()).toEqual([{ id: 'kept', rev: 2 }])
    expect(line.explain('kept', rules, T0)).toBeNull()
  })

  it('takes a run back that could not be given its slot, or forgets it', () => {
    const line = lineOf(news('a'), news('b', { at: 1 }))
    expect(drain(line)).toEqual(['a', 'b'])
    line.giveBack('a', true)
    line.giveBack('b', false)
    line.giveBack('unknown', true)
    expect([line.length, line.holding]).toEqual([1, 0])
    expect(line.next(rules, T0)).toBe('a')
  })
})
