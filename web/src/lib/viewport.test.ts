import { pixelOf, scrollTo, TALLEST, windowOf } from './viewport.ts'

const view = { units: 1000, unitPx: 20, scrollTop: 4000, heightPx: 400 }

describe('a window on many rows', () => {
  it('draws what is seen and a margin around it', () => {
    expect(windowOf(view)).toEqual({ spacerPx: 20_000, from: 176, to: 244 })
    expect(pixelOf(176, view)).toBe(3520)
    expect(windowOf({ ...view, units: 3, scrollTop: 0 })).toEqual({ spacerPx: 60, from: 0, to: 3 })
  })

  it('reaches the first and the last of ten million rows', () => {
    const many = { units: 10_000_000, unitPx: 20, scrollTop: 0, heightPx: 400 }
    expect(windowOf(many)).toMatchObject({ spacerPx: TALLEST, from: 0 })
    const end = { ...many, scrollTop: TALLEST - many.heightPx }
    expect(windowOf(end).to).toBe(10_000_000)
    expect(pixelOf(10_000_000, end)).toBeCloseTo(TALLEST, 3)
  })

  it('finds the way back from a row to where to scroll', () => {
    for (const units of [1000, 10_000_000]) {
      const top = scrollTo(units / 2, { ...view, units })
      expect(pixelOf(units / 2, { ...view, units, scrollTop: top })).toBeCloseTo(top, 3)
    }
  })
})
