import type { Rules } from './line.ts'
import { Pace } from './pace.ts'
import { reason } from './reason.ts'

const rules: Rules = { slots: 4, userSlots: 2, agingMs: 1000 }
const why = (found: { ahead: number; held: number } | null, holding: number, change: Partial<Rules> = {}) =>
  reason(found && { ...found, user: 'ann' }, { ...rules, ...change }, holding, new Pace())

describe('the reason why a run waits', () => {
  it.each([
    [null, 0, {}, 1, 'It has a slot; the next free worker takes it.'],
    [{ ahead: 0, held: 0 }, 0, {}, 1, 'A slot is free; it is next.'],
    [{ ahead: 0, held: 0 }, 0, { slots: 0 }, 1, 'No worker node is connected; it is next when one is.'],
    [{ ahead: 0, held: 0 }, 4, {}, 1, 'All 4 slots are taken; it is next, in about 1 s.'],
    [{ ahead: 1, held: 0 }, 4, {}, 2, 'All 4 slots are taken; 1 run goes first, in about 1 s.'],
    [{ ahead: 11, held: 0 }, 4, {}, 12, 'All 4 slots are taken; 11 runs go first, in about 3 s.'],
    [{ ahead: 2, held: 0 }, 1, { slots: 1 }, 3, 'The only slot is taken; 2 runs go first, in about 3 s.'],
    [{ ahead: 2, held: 2 }, 3, {}, 3, '2 of your runs are running, which is as many as one user may have at once.'],
    [
      { ahead: 0, held: 1 },
      1,
      { userSlots: 1 },
      1,
      '1 of your runs is running, which is as many as one user may have at once.',
    ],
  ] as const)('%j with %d slots held and %j is number %d: %s', (found, holding, change, position, sentence) => {
    expect(why(found, holding, change)).toEqual({ position, reason: sentence })
  })
})

describe('the pace of runs', () => {
  it('is a guess before the first has ended', () => {
    expect(new Pace().secondsFor(8, 4)).toBe(2)
  })

  it('follows how long they took lately', () => {
    const pace = new Pace()
    pace.ran(10_000)
    expect(pace.secondsFor(4, 4)).toBe(10)
    for (let run = 0; run < 100; run++) pace.ran(100)
    expect(pace.secondsFor(100, 1)).toBeLessThanOrEqual(11)
  })

  it('is a whole number of seconds between one and five minutes', () => {
    const pace = new Pace()
    pace.ran(0)
    expect(pace.secondsFor(1000, 4)).toBe(1)
    pace.ran(1e9)
    expect(pace.secondsFor(1000, 0)).toBe(300)
  })
})
