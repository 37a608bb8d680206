import { rangeOf } from './range.ts'

describe('a range of bytes', () => {
  it.each([
    ['bytes=0-0', 10, { start: 0, end: 0 }],
    ['bytes=2-4', 10, { start: 2, end: 4 }],
    ['bytes=2-', 10, { start: 2, end: 9 }],
    ['bytes=2-99', 10, { start: 2, end: 9 }],
    ['bytes=-3', 10, { start: 7, end: 9 }],
    ['bytes=-99', 10, { start: 0, end: 9 }],
    ['bytes=9-9', 10, { start: 9, end: 9 }],
  ])('%s of %d is %j', (header, size, range) => {
    expect(rangeOf(header, size)).toEqual(range)
  })

  it.each([
    undefined,
    '',
    'bytes=',
    'bytes=-',
    'bytes=4-2',
    'bytes=0-1,3-4',
    'lines=0-1',
    'bytes=a-b',
    'bytes = 0-1',
    'bytes=0x1-2',
  ])('is the whole where it asks for nothing that can be given: %j', (header) => {
    expect(rangeOf(header, 10)).toBeNull()
  })

  it.each([
    ['bytes=10-', 10],
    ['bytes=10-12', 10],
    ['bytes=0-', 0],
    ['bytes=-1', 0],
    ['bytes=-0', 10],
  ])('%s of %d cannot be satisfied', (header, size) => {
    expect(() => rangeOf(header, size)).toThrow(
      expect.objectContaining({ type: 'RANGE_NOT_SATISFIABLE', code: 416, data: { size } }),
    )
  })
})
