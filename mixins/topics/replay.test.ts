import { isMeantFor, isReplayed, placeOf, replayed, replayOf } from './replay.ts'

const message = { id: 'm', key: 'k', type: 't', headers: { trace: 'abc' }, payload: { a: 1 } }
const provenance = { of: 'shop/pets/0/7', group: 'shop', by: 'ann', reason: 'the café was closed\n' }

describe('a replayed message', () => {
  it('is the same message, and says whence, by whom and why', () => {
    const again = replayed(message, provenance)
    expect(again).toMatchObject({ id: 'm', key: 'k', type: 't', payload: { a: 1 } })
    expect(again.headers).toMatchObject({ trace: 'abc', 'replay-by': 'ann' })
    expect([isReplayed(again), replayOf(again)]).toEqual([true, 'shop/pets/0/7'])
    expect([isReplayed(message), replayOf(message)]).toEqual([false, null])
  })

  it('has headers that any client can carry', () => {
    for (const text of Object.values(replayed(message, provenance).headers)) expect(text).toMatch(/^[\x21-\x7e]*$/)
  })

  it('is handled by the group that it is for, and any other message by everybody', () => {
    const again = replayed(message, provenance)
    expect(['shop', 'bank'].map((group) => isMeantFor(again, group))).toEqual([true, false])
    expect(isMeantFor(message, 'bank')).toBe(true)
  })

  it('says of a second replay only what holds now', () => {
    const twice = replayed(replayed(message, provenance), { ...provenance, of: 'shop/pets/0/9', group: 'bank' })
    expect([replayOf(twice), isMeantFor(twice, 'bank'), isMeantFor(twice, 'shop')]).toEqual([
      'shop/pets/0/9',
      true,
      false,
    ])
  })

  it('is handled by everybody where it is for nobody in particular, whomever it was for before', () => {
    const again = replayed(replayed(message, provenance), { ...provenance, group: null })
    expect(['shop', 'bank'].map((group) => isMeantFor(again, group))).toEqual([true, true])
    expect(isReplayed(again)).toBe(true)
  })

  it('can bear headers that nobody of us wrote', () => {
    const odd = { ...message, headers: { 'replay-of': '%E0%A4%A', 'replay-group': '%' } }
    expect([replayOf(odd), isMeantFor(odd, 'shop')]).toEqual(['%E0%A4%A', false])
  })

  it('is named by its place', () => {
    expect(placeOf({ ...message, topic: 'pets', partition: 3, offset: 12, at: 0 })).toBe('pets/3/12')
  })
})
