import { format, parse, START } from './cursor.ts'

describe('a cursor', () => {
  it.each([START, { hops: 3, attempt: 1, seq: 99, ended: false }, { hops: 12, attempt: 0, seq: 0, ended: true }])(
    'is read as it was written: %j',
    (cursor) => {
      expect(parse(format(cursor))).toEqual(cursor)
    },
  )

  it('begins at the start where there is none', () => {
    expect([parse(undefined), parse('')]).toEqual([START, START])
  })

  it.each(['x', '1', '1.2', '1.2.3.', '1.2.3.END', '-1.0.0', '1.2.3.4', ' 1.2.3', '1.2.3\n', '1e1.0.0', '9999999.0.0'])(
    'is refused when this stream cannot have sent it: %j',
    (text) => {
      expect(() => parse(text)).toThrow(expect.objectContaining({ type: 'BAD_CURSOR', code: 422 }))
    },
  )
})
