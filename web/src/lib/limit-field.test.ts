import { limitFrom, written } from './limit-field.ts'

describe('the field of a limit', () => {
  it('is read in the unit behind it', () => {
    expect(limitFrom('memoryBytes', '256', undefined)).toEqual({ value: 268_435_456, fault: null })
    expect(limitFrom('wallMs', '0,5', undefined)).toEqual({ value: 500, fault: null })
    expect(written('wallMs', 500)).toBe('0.5')
  })

  it('means the default when it is empty', () => {
    expect(limitFrom('cpuMs', ' ', 10)).toEqual({ value: undefined, fault: null })
  })

  it('says what it may hold', () => {
    expect(limitFrom('cpuMs', 'ten', undefined).fault).toBe('CPU time must be a number above 0, in seconds.')
    expect(limitFrom('memoryBytes', '4096', 1_073_741_824).fault).toBe('Memory may be 1 GB at most.')
  })
})
