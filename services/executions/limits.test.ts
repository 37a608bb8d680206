import { LIMITS } from './execution.schema.ts'
import { effective, SETTINGS } from './limits.ts'

const all = (value: number) =>
  Object.fromEntries(LIMITS.map((name) => [name, value])) as Record<(typeof LIMITS)[number], number>
const MiB = 1 << 20
const defaults = all(10 * MiB)
const maxima = all(100 * MiB)

const refused = (asked: object) => {
  try {
    effective(asked, defaults, maxima)
  } catch (error) {
    return (error as { data: { field: string; message: string }[] }).data
  }
  throw new TypeError('It was accepted.')
}

describe('the limits of a run', () => {
  it('are those of its language where it asks for none', () => {
    expect(effective(undefined, defaults, maxima)).toEqual(defaults)
    expect(effective({ wallMs: 1, processes: 1 }, defaults, maxima)).toEqual({ ...defaults, wallMs: 1, processes: 1 })
  })

  it.each(LIMITS)('may be as high as the setting of %s allows, and not higher', (name) => {
    expect(effective({ [name]: maxima[name] }, defaults, maxima)[name]).toBe(maxima[name])
    const [fault] = refused({ [name]: maxima[name] + 1 })
    expect(fault?.field).toBe(`limits.${name}`)
    expect(fault?.message).toBe(`limits.${name}: 104857601 is more than 104857600 (${SETTINGS[name]}).`)
  })

  it('are no lower than what can run anything', () => {
    expect(refused({ memoryBytes: 4 * MiB - 1, diskBytes: 1 }).map(({ field }) => field)).toEqual([
      'limits.memoryBytes',
      'limits.diskBytes',
    ])
  })
})
