import { event, fact } from '../contract/contract.ts'
import { messageOf } from './message.ts'

const Fed = event({
  name: 'pets.fed',
  topic: 'pets.events',
  about: 'For the test.',
  key: 'id',
  payload: {
    id: { type: 'string' },
    n: { type: 'number', integer: true },
    by: { type: 'string', nullable: true, default: 'me' },
  },
})

describe('the message of a fact', () => {
  it('carries its contract, its key and a payload as JSON makes of it', () => {
    const payload = { id: 'rex', n: 1, by: null, left: undefined }
    expect(messageOf({ contract: Fed, payload })).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      key: 'rex',
      type: 'pets.fed',
      headers: { version: '1' },
      payload: { id: 'rex', n: 1, by: null },
    })
  })

  it('has an id of its own, later ones sorting behind', () => {
    const ids = Array.from({ length: 100 }, () => messageOf(fact(Fed, { id: 'rex', n: 1 })).id)
    expect(ids).toEqual(ids.toSorted())
    expect(new Set(ids).size).toBe(100)
  })

  it('leaves the fact as it was', () => {
    const of = fact(Fed, { id: 'rex', n: 1 })
    messageOf(of)
    expect(of.payload).toEqual({ id: 'rex', n: 1 })
  })

  it('is refused when a field is missing, has the wrong type or is unknown, and says which', () => {
    const refusal = (payload: Record<string, unknown>) => () => messageOf({ contract: Fed, payload })
    expect(refusal({ id: 'rex' })).toThrow(/pets\.fed.*'n' field is required/)
    expect(refusal({ id: 'rex', n: 1.5 })).toThrow(/'n' field must be an integer/)
    expect(refusal({ id: 'rex', n: 1, nn: 1 })).toThrow(/forbidden keys: 'nn'/)
    expect(refusal({ id: 'rex' })).toThrow(expect.objectContaining({ type: 'PAYLOAD_MISFIT', retryable: false }))
  })
})
