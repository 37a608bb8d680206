import { seeded } from '../../test/random.ts'
import { event, fact } from '../contract/contract.ts'
import type { Message } from '../topics/topics.ts'
import { type Document, type Documents, DuplicateDocument } from './documents.ts'

export type DocumentsHarness = {
  store(): Documents
  /** The messages that the facts of all writes have become so far, in order per key. */
  published(topic: string): Promise<Message[]>
  /** What the store's clients see when every process that uses it has been started anew. */
  restart(): Promise<void>
  close(): Promise<void>
}

export type Pet = Document & { name: string; tag: string; age?: number; labels?: Record<string, unknown> }

export const Fed = event({
  name: 'pets.fed',
  topic: 'pets.events',
  about: 'For the test.',
  key: 'id',
  payload: { id: { type: 'string' }, n: { type: 'number' } },
})

export const collection = {
  name: 'pets',
  indexes: [['name', 'age'], ['labels.room'], ['age']],
  unique: ['tag'],
} as const

/** The promises of a document store about single documents and their facts, for any backend. */
export const documentsSuite = (backend: string, open: () => Promise<DocumentsHarness>): void => {
  describe(`documents on ${backend}`, () => {
    let harness: DocumentsHarness
    let store: Documents

    beforeEach(async () => {
      harness = await open()
      store = harness.store()
      await store.declare(collection)
    })
    afterEach(() => harness.close())

    const pet = (id: string, rest: Partial<Pet> = {}): Pet => ({ id, rev: 1, name: 'Rex', tag: `tag-${id}`, ...rest })
    const fed = (id: string, n: number) => fact(Fed, { id, n })
    const payloads = async () => (await harness.published('pets.events')).map(({ payload }) => payload)
    const duplicateOf = (field: string) => expect.objectContaining({ type: 'DUPLICATE_DOCUMENT', field })

    it('gives back what was inserted, whatever JSON can say', async () => {
      const whole = { ...pet('a'), labels: { 'x/y-z': 'ü"\'', deep: { list: [1, null, true] } } }
      await store.insert('pets', whole, [])
      expect(await store.get('pets', 'a')).toEqual(whole)
      expect([await store.get('pets', 'b'), await store.get('others', 'a')]).toEqual([null, null])
    })

    it('keeps whatever name or text a user may think of, and finds by it', async () => {
      const odd =
        '{"a.b":1,"$set":{"$x":[{"$y":1}]},"__proto__":{"x":1},"constructor":2,"_bsontype":"ObjectId","%002e":3}'
      const texts = ['\ud800', 'a\udfff%002e', '%d800', '%', '\0', '$name', '😀', '']
      const whole = {
        ...pet('a'),
        labels: JSON.parse(odd),
        texts,
        ...JSON.parse('{"\\u0000":1,"\\ud800":2,"":{"":3},"7":4}'),
      }
      await store.insert('pets', whole, [], whole)
      expect(JSON.stringify(await store.get('pets', 'a'))).toBe(JSON.stringify(whole))
      expect(JSON.stringify(await store.frozen('pets', 'a'))).toBe(JSON.stringify(whole))
      await store.replace('pets', { ...whole, rev: 2 }, [])
      expect(JSON.stringify(await store.get('pets', 'a'))).toBe(JSON.stringify({ ...whole, rev: 2 }))
      expect(await store.find('pets', { where: { 'labels._bsontype': 'ObjectId' }, limit: 1 })).toHaveLength(1)
      expect(await store.find('pets', { where: { 'labels.constructor': 2 }, limit: 1 })).toHaveLength(1)
      for (const [n, name] of texts.filter((text) => text.isWellFormed()).entries()) {
        await store.insert('pets', pet(`text-${n}`, { name }), [])
        expect(await store.find('pets', { where: { name }, limit: 9 })).toEqual([pet(`text-${n}`, { name })])
      }
    })

    it('keeps of a document what JSON keeps of it', async () => {
      const loose = { ...pet('a'), no: undefined, list: [undefined, Number.NaN], at: new Date(0), zero: -0 }
      await store.insert('pets', loose, [])
      const kept = { ...pet('a'), list: [null, null], at: '1970-01-01T00:00:00.000Z', zero: 0 }
      expect(await store.get('pets', 'a')).toEqual(kept)
      expect(Object.keys((await store.get<Pet>('pets', 'a'))!)).not.toContain('no')
    })

    it('refuses a second document of an id or of a unique field, and says of which', async () => {
      await store.insert('pets', pet('a'), [])
      await expect(store.insert('pets', pet('a', { tag: 'new' }), [fed('a', 1)])).rejects.toThrow(duplicateOf('id'))
      await expect(store.insert('pets', pet('b', { tag: 'tag-a' }), [fed('b', 1)])).rejects.toThrow(duplicateOf('tag'))
      await expect(store.insert('pets', pet('b', { tag: 'tag-a' }), [])).rejects.toThrow(DuplicateDocument)
      await store.insert('others', pet('a'), [])
      await store.insert('pets', pet('c'), [])
      await expect(store.replace('pets', pet('c', { rev: 2, tag: 'tag-a' }), [fed('c', 1)])).rejects.toThrow(
        duplicateOf('tag'),
      )
      expect(await store.get('pets', 'c')).toEqual(pet('c'))
      expect(await payloads()).toEqual([])
    })

    it('inserts one of many documents that arrive at once with one unique value', async () => {
      const inserts = Array.from({ length: 30 }, (_, n) =>
        store.insert('pets', pet(`pet-${n}`, { tag: 'same' }), [fed('x', n)]),
      )
      const outcomes = await Promise.allSettled(inserts)
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(await store.count('pets', {})).toBe(1)
      expect(await payloads()).toHaveLength(1)
    })

    it('replaces a document only upon the revision that was seen', async () => {
      await store.insert('pets', pet('a'), [])
      expect(await store.replace('pets', pet('a', { rev: 2, name: 'Max' }), [fed('a', 2)])).toBe(true)
      expect(await store.replace('pets', pet('a', { rev: 2, name: 'Tom' }), [fed('a', 3)])).toBe(false)
      expect(await store.replace('pets', pet('a', { rev: 5, name: 'Tom' }), [fed('a', 4)])).toBe(false)
      expect(await store.replace('pets', pet('none', { rev: 2 }), [fed('none', 5)])).toBe(false)
      expect(await store.get('pets', 'a')).toMatchObject({ rev: 2, name: 'Max' })
      expect(await payloads()).toEqual([{ id: 'a', n: 2 }])
    })

    it('loses no change of many writers that repeat what was refused', async () => {
      await store.insert('pets', pet('a', { age: 0 }), [])
      const grow = async (n: number): Promise<void> => {
        const seen = await store.get<Pet>('pets', 'a')
        const next = { ...seen!, rev: seen!.rev + 1, age: seen!.age! + 1 }
        if (!(await store.replace('pets', next, [fed('a', next.age)]))) await grow(n)
      }
      await Promise.all(Array.from({ length: 40 }, (_, n) => grow(n)))
      expect(await store.get('pets', 'a')).toMatchObject({ rev: 41, age: 40 })
      expect(await payloads()).toEqual(Array.from({ length: 40 }, (_, n) => ({ id: 'a', n: n + 1 })))
    })

    it('removes a document only upon the revision that was seen, together with its frozen part', async () => {
      await store.insert('pets', pet('a'), [], { source: 'x' })
      expect(await store.remove('pets', 'a', 2, [fed('a', 1)])).toBe(false)
      expect(await store.remove('pets', 'a', 1, [fed('a', 2)])).toBe(true)
      expect(await store.remove('pets', 'a', 1, [fed('a', 3)])).toBe(false)
      expect([await store.get('pets', 'a'), await store.frozen('pets', 'a')]).toEqual([null, null])
      expect(await payloads()).toEqual([{ id: 'a', n: 2 }])
      await store.insert('pets', pet('a'), [])
      expect(await store.frozen('pets', 'a')).toBeNull()
    })

    it('gives the values of a removed document to others, while its facts go on their way', async () => {
      await store.insert('pets', pet('a'), [fed('a', 1)])
      await store.remove('pets', 'a', 1, [fed('a', 2)])
      await store.insert('pets', pet('a'), [fed('a', 3)])
      expect(await store.replace('pets', pet('a', { rev: 2 }), [fed('a', 4)])).toBe(true)
      expect(await payloads()).toEqual([1, 2, 3, 4].map((n) => ({ id: 'a', n })))
      expect(await store.get('pets', 'a')).toEqual(pet('a', { rev: 2 }))
    })

    it('keeps a frozen part of any size through every change, and reads it only when asked', async () => {
      const frozen = { files: [{ path: 'main.py', content: 'ü"'.repeat(7_000_000) }] }
      await store.insert('pets', pet('a'), [], frozen)
      await store.replace('pets', pet('a', { rev: 2 }), [])
      expect(await store.frozen('pets', 'a')).toEqual(frozen)
      expect(await store.get('pets', 'a')).toEqual(pet('a', { rev: 2 }))
    })

    it('publishes the facts of a write in order, as messages of their contract', async () => {
      await store.insert('pets', pet('a'), [fed('a', 1), fed('a', 2), fed('b', 1)])
      await store.replace('pets', pet('a', { rev: 2 }), [fed('a', 3)])
      const messages = await harness.published('pets.events')
      const ofA = messages.filter(({ key }) => key === 'a')
      expect(ofA.map(({ payload }) => payload)).toEqual([1, 2, 3].map((n) => ({ id: 'a', n })))
      expect(messages.every(({ type }) => type === 'pets.fed')).toBe(true)
      expect(new Set(messages.map(({ id }) => id)).size).toBe(4)
    })

    it('writes nothing at all when a fact does not fit its contract', async () => {
      const misfit = { contract: Fed, payload: { id: 'a', n: 'many' } }
      await expect(store.insert('pets', pet('a'), [fed('a', 1), misfit])).rejects.toThrow(/pets\.fed.*'n'/)
      expect([await store.get('pets', 'a'), await payloads()]).toEqual([null, []])
    })

    it('keeps documents, frozen parts, unique values and facts over a restart', async () => {
      await store.insert('pets', pet('a'), [fed('a', 1)], 'frozen')
      await harness.restart()
      store = harness.store()
      await store.declare(collection)
      expect([await store.get('pets', 'a'), await store.frozen('pets', 'a')]).toEqual([pet('a'), 'frozen'])
      await expect(store.insert('pets', pet('b', { tag: 'tag-a' }), [])).rejects.toThrow(duplicateOf('tag'))
      expect(await payloads()).toEqual([{ id: 'a', n: 1 }])
    })

    it('does what a plain map would do, over any sequence of writes', async () => {
      await seeded(async (random) => {
        const plain = new Map<string, Pet>()
        for (let step = 0; step < 300; step++) {
          const id = `pet-${random.below(10)}`
          const known = plain.get(id)
          const rev = random.below(4) + 1
          const action = random.below(3)
          if (action === 0) {
            const fresh = pet(id, { tag: `tag-${step}` })
            const insert = store.insert('pets', fresh, [])
            if (known) await expect(insert).rejects.toThrow(duplicateOf('id'))
            else await insert
            if (!known) plain.set(id, fresh)
          } else if (action === 1) {
            const next = pet(id, { rev: rev + 1, tag: `tag-${step}` })
            expect(await store.replace('pets', next, [])).toBe(known?.rev === rev)
            if (known?.rev === rev) plain.set(id, next)
          } else {
            expect(await store.remove('pets', id, rev, [])).toBe(known?.rev === rev)
            if (known?.rev === rev) plain.delete(id)
          }
          expect(await store.get('pets', id)).toEqual(plain.get(id) ?? null)
        }
        expect(await store.count('pets', {})).toBe(plain.size)
      })
    })
  })
}
