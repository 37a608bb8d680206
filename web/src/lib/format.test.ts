import { ago, bytes, count, duration, ordinal, shortId } from './format.ts'

describe('numbers carry their unit and are never over-precise', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1536, '1.5 KB'],
    [11_700_000, '11 MB'],
    [268_435_456, '256 MB'],
    [1_073_741_824, '1 GB'],
  ])('%d bytes', (size, words) => expect(bytes(size)).toBe(words))

  it.each([
    [0.2, '0 ms'],
    [34.4, '34 ms'],
    [1234, '1.2 s'],
    [10_000, '10 s'],
    [59_990, '60 s'],
    [60_000, '1 min'],
    [125_000, '2 min 5 s'],
    [11_400_000, '3 h 10 min'],
  ])('%d ms', (ms, words) => expect(duration(ms)).toBe(words))

  it.each([
    [3, 'just now'],
    [45, '40 s ago'],
    [200, '3 min ago'],
    [7300, '2 h ago'],
    [90_000, 'yesterday'],
    [400_000, '4 days ago'],
  ])('%d s ago', (seconds, words) => expect(ago(0, seconds * 1000)).toBe(words))

  it('counts and orders', () => {
    expect([1, 2, 3, 4, 11, 21].map(ordinal)).toEqual(['1st', '2nd', '3rd', '4th', '11th', '21st'])
    expect([count(1, 'run'), count(12_000, 'line')]).toEqual(['1 run', '12,000 lines'])
    expect(shortId('0197-abcd-12345678')).toBe('12345678')
  })
})
