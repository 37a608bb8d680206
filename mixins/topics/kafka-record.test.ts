import { bytesOf, messageIn, recordOf } from './kafka-record.ts'

const stored = (fields: object) => ({ key: null, value: null, timestamp: '1700000000000', offset: '7', ...fields })
const place = { topic: 'pets', partition: 3, offset: 7, at: 1_700_000_000_000 }

describe('a message as a record', () => {
  const message = {
    id: 'id-1',
    key: 'rex',
    type: 'pets.fed',
    headers: { version: '1', traceparent: '00-a-b-01' },
    payload: { n: 1, ü: ['x', null] },
  }

  it('carries type, version, trace and id in headers and the payload as JSON, and comes back as it was', () => {
    const record = recordOf(message)
    expect(record).toEqual({
      key: 'rex',
      value: '{"n":1,"ü":["x",null]}',
      headers: { version: '1', traceparent: '00-a-b-01', id: 'id-1', type: 'pets.fed' },
    })
    const headers = Object.fromEntries(Object.entries(record.headers).map(([name, text]) => [name, Buffer.from(text)]))
    const back = messageIn('pets', 3, stored({ key: Buffer.from('rex'), value: Buffer.from(record.value), headers }))
    expect(back).toMatchObject({ ...message, ...place })
    expect(back.fault).toBeUndefined()
  })

  it('has about the size of its parts', () => {
    const size = bytesOf(recordOf(message))
    expect(size).toBeGreaterThan(80)
    expect(size).toBeLessThan(180)
  })
})

describe('a record that somebody else has written', () => {
  it('is known by its place when it has no id', () => {
    const value = Buffer.from('{"source":""}')
    expect(messageIn('pets', 3, stored({ value }))).toEqual({
      ...{ id: 'pets/3/7', key: '', type: '', headers: {}, payload: { source: '' }, bytes: value },
      ...place,
    })
  })

  it.each([
    ['{"n":', /not JSON/],
    ['', /not JSON/],
    [Buffer.from([0xff, 0xfe, 0]), /not UTF-8/],
  ])('keeps its bytes and says what is wrong with %p', (text, sentence) => {
    const value = Buffer.from(text as string)
    const found = messageIn('pets', 3, stored({ value }))
    expect(found).toMatchObject({ payload: null, fault: expect.stringMatching(sentence) })
    expect(found.bytes).toBe(value)
  })

  it('may be empty, and may have headers more than once or without a value', () => {
    const headers = { type: [Buffer.from('old'), Buffer.from('new')], odd: undefined }
    expect(messageIn('pets', 3, stored({ headers }))).toMatchObject({
      type: 'new',
      headers: { odd: '' },
      payload: null,
    })
  })
})
