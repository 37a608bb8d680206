import { abort, again, atRest, begin, enter, type SagaPlan, settle, stepOf } from './saga.ts'

type Order = { total: number }
const nothing = async () => {}
const step = (name: string, isReversible = true) => ({
  name,
  settles: 'effect' as const,
  ...(isReversible && { compensate: nothing }),
  patienceMs: ({ total }: Order) => total,
})
const plan: SagaPlan<Order> = [step('reserve'), step('note', false), step('pay'), step('ship', false)]
const order = { total: 10 }
const at = (name: string) => enter(plan, name, order, 0)

describe('a saga', () => {
  it('begins at its first step and is due when that may no longer take', () => {
    expect(begin(plan, order, 100)).toEqual({ step: 'reserve', direction: 'forward', due: 110, tries: 0 })
    expect(stepOf(plan, begin(plan, order, 100))?.name).toBe('reserve')
  })

  it('goes on to the next step when one has settled, and rests after the last', () => {
    const names: (string | null)[] = []
    let saga = begin(plan, order, 0)
    while (saga.step !== null) {
      names.push(saga.step)
      saga = settle(plan, saga, order, 0)
    }
    expect(names).toEqual(['reserve', 'note', 'pay', 'ship'])
    expect(saga).toEqual(atRest)
  })

  it('that is given up compensates what was begun, the last first', () => {
    const names: (string | null)[] = []
    let saga = abort(plan, at('ship'), order, 0)
    while (saga.step !== null) {
      names.push(`${saga.step} ${saga.direction}`)
      saga = settle(plan, saga, order, 0)
    }
    expect(names).toEqual(['pay back', 'reserve back'])
  })

  it('compensates the step under way too, since its effect may have happened', () => {
    expect(abort(plan, at('pay'), order, 0)).toMatchObject({ step: 'pay', direction: 'back' })
    expect(abort(plan, at('note'), order, 0)).toMatchObject({ step: 'reserve', direction: 'back' })
    expect(abort(plan, atRest, order, 0)).toEqual(atRest)
  })

  it('is never due at rest', () => {
    expect(atRest.due).toBe(Number.MAX_SAFE_INTEGER)
    expect(settle(plan, atRest, order, 0)).toEqual(atRest)
    expect(enter(plan, 'unknown', order, 0)).toEqual(atRest)
  })

  it('is not due at a step whose effect nothing is lost with', () => {
    const told: SagaPlan<Order> = [{ name: 'tell', settles: 'news' }]
    expect(begin(told, order, 100)).toMatchObject({ step: 'tell', due: Number.MAX_SAFE_INTEGER })
  })

  it('is tried again after a pause that doubles, up to a bound', () => {
    const pauses: number[] = []
    let saga = at('pay')
    for (let tries = 0; tries < 9; tries++) {
      saga = again(plan, saga, order, 0)
      pauses.push(saga.due)
    }
    expect(pauses).toEqual([20, 40, 80, 160, 320, 640, 640, 640, 640])
    expect(saga).toMatchObject({ step: 'pay', direction: 'forward', tries: 9 })
  })
})
