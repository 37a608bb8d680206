import { murmur2, partitionOf } from './kafka-murmur2.ts'

describe('the partition of a key', () => {
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('comes from the hash that other clients have of %s', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash)
  })

  it('is one of those that there are', () => {
    const placed = Array.from({ length: 1000 }, (_, n) => partitionOf(`ключ-${n}`, 8))
    expect([...new Set(placed)].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(partitionOf('', 1)).toBe(0)
  })
})
