import { NEVER, parcelOf, type StoredLetter, type Waiting } from './mongo-record.ts'
import { KnownWaiting } from './mongo-waiting.ts'

const letter = (id: string): StoredLetter => ({
  ...{ id, topic: 'pets.events', by: 'us', at: NEVER, message: JSON.stringify({ id, key: 'rex' }) },
})
const born: Waiting = { _id: 'rex', rev: 1, write: 'w1', outbox: [letter('a')], frozen: { text: '"x"' } }

describe('what waits in a document', () => {
  let known: KnownWaiting
  beforeEach(() => {
    known = new KnownWaiting()
    known.note('pets/rex', born)
  })
  const idsOf = (stored: Waiting | null) => stored?.outbox.map(({ id }) => id)

  it('is known to whoever has written it alone, the oldest first', () => {
    expect(known.extended('pets/rex', { rev: 2, write: 'w2', letters: [letter('b')] })).toMatchObject({ rev: 2 })
    const now = known.extended('pets/rex', { rev: 3, write: 'w3', letters: [letter('c')] })
    expect([idsOf(now), now?.write]).toEqual([['a', 'b', 'c'], 'w3'])
  })

  it('is known of the revision that was written last, and of no other', () => {
    expect([known.writeOf('pets/rex', 1), known.writeOf('pets/rex', 2)]).toEqual(['w1', undefined])
    known.extended('pets/rex', { rev: 2, write: 'w2', letters: [] })
    expect([known.writeOf('pets/rex', 1), known.writeOf('pets/rex', 2)]).toEqual([undefined, 'w2'])
  })

  it('is not known once somebody else has written, or removed it', () => {
    expect(known.extended('pets/rex', { rev: 3, write: 'w3', letters: [] })).toBeNull()
    expect(known.extended('pets/rex', { rev: 2, write: 'w2', letters: [] })).toBeNull()
    known.note('pets/rex', born)
    expect(known.extended('pets/rex', undefined)).toBeNull()
    expect(known.extended('pets/tom', { rev: 2, write: 'w2', letters: [] })).toBeNull()
  })

  it('is less by what was published', () => {
    const parcel = parcelOf('pets', born)
    known.extended('pets/rex', { rev: 2, write: 'w2', letters: [letter('b')] })
    known.settle({ parcel, published: parcel.letters })
    expect(idsOf(known.extended('pets/rex', { rev: 3, write: 'w3', letters: [letter('c')] }))).toEqual(['b', 'c'])
  })

  it('is forgotten of those that were written longest ago', () => {
    for (let n = 0; n < 2000; n++) known.note(`pets/${n}`, born)
    expect(known.extended('pets/rex', { rev: 2, write: 'w2', letters: [] })).toBeNull()
    expect(known.extended('pets/0', { rev: 2, write: 'w2', letters: [] })).not.toBeNull()
  })
})
