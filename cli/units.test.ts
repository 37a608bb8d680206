import { durationMs, pair, sizeBytes, wholeNumber } from './units.ts'

describe('values on the command line', () => {
  it.each([
    ['500ms', 500],
    ['5s', 5000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
  ])('reads the duration %s', (text, ms) => expect(durationMs('--wall', text)).toBe(ms))

  it.each(['5', '', 's', '-5s', '5 s', '5S', '0s', '1e3s', '5d', '0.0001ms'])('refuses the duration "%s"', (text) => {
    expect(() => durationMs('--wall', text)).toThrow(`--wall is "${text}", but must be a duration such as 500ms, 5s`)
  })

  it.each([
    ['100B', 100],
    ['512K', 524_288],
    ['128M', 134_217_728],
    ['128MB', 134_217_728],
    ['128MiB', 134_217_728],
    ['1.5g', 1_610_612_736],
  ])('reads the size %s', (text, bytes) => expect(sizeBytes('--memory', text)).toBe(bytes))

  it.each(['128', 'M', '128 M', '-1M', '0M', '1T', '99999999999G'])('refuses the size "%s"', (text) => {
    expect(() => sizeBytes('--memory', text)).toThrow(`--memory is "${text}", but must be a size such as 512K`)
  })

  it('reads whole numbers from a bound on', () => {
    expect(wholeNumber('--retries', '0', 0)).toBe(0)
    for (const text of ['-1', '1.5', 'x', '']) expect(() => wholeNumber('--retries', text, 0)).toThrow('--retries')
    expect(() => wholeNumber('--limit', '0', 1)).toThrow('a whole number from 1 on')
  })

  it('cuts a pair at its first equals sign', () => {
    expect(pair('--env', 'A=b=c')).toEqual(['A', 'b=c'])
    expect(pair('--env', 'A=')).toEqual(['A', ''])
    expect(() => pair('--env', '=b')).toThrow('name=value')
    expect(() => pair('--env', 'A')).toThrow('--env is "A"')
  })
})
