import { seeded } from '../../test/random.ts'
import { collection, type DocumentsHarness, type Pet } from './documents.suite.ts'
import type { Documents, Filter, Find } from './documents.ts'

/** The promises of a document store about searching, for any backend. */
export const searchSuite = (backend: string, open: () => Promise<DocumentsHarness>): void => {
  describe(`searching documents on ${backend}`, () => {
    let harness: DocumentsHarness
    let store: Documents

    beforeEach(async () => {
      harness = await open()
      store = harness.store()
      await store.declare(collection)
    })
    afterEach(() => harness.close())

    const insert = (id: string, rest: Partial<Pet> & Record<string, unknown>) =>
      store.insert('pets', { id, rev: 1, name: 'Rex', tag: `tag-${id}`, ...rest }, [])
    const inOrder = async (where: Filter, rest: Partial<Find> = {}) =>
      (await store.find<Pet>('pets', { where, limit: 100, ...rest })).map(({ id }) => id)
    const ids = async (where: Filter) => (await inOrder(where)).toSorted()

    it('finds by equality of text, numbers and truth values, never of another type', async () => {
      await insert('a', { age: 5, isTame: true })
      await insert('b', { age: 7, isTame: false })
      await insert('c', { age: 5, name: '5' })
      expect(await ids({ age: 5 })).toEqual(['a', 'c'])
      expect(await ids({ age: '5' })).toEqual([])
      expect(await ids({ name: '5' })).toEqual(['c'])
      expect(await ids({ isTame: true })).toEqual(['a'])
      expect(await ids({ isTame: false })).toEqual(['b'])
      expect(await ids({ age: 5, name: 'Rex' })).toEqual(['a'])
      expect(await ids({ colour: 'red' })).toEqual([])
      expect(await ids({})).toEqual(['a', 'b', 'c'])
    })

    it('finds by sets and ranges', async () => {
      for (const age of [1, 2, 3, 4, 5]) await insert(`age-${age}`, { age })
      const ages = async (condition: Filter['age']) => (await ids({ age: condition! })).map((id) => Number(id.slice(4)))
      expect(await ages({ in: [2, 4, 9] })).toEqual([2, 4])
      expect(await ages({ in: [] })).toEqual([])
      expect(await ages({ gt: 2 })).toEqual([3, 4, 5])
      expect(await ages({ gte: 2, lt: 4 })).toEqual([2, 3])
      expect(await ages({ lte: 1 })).toEqual([1])
      expect(await ids({ id: { gt: 'age-2', lte: 'age-4' } })).toEqual(['age-3', 'age-4'])
      expect(await ids({ rev: 1, name: { in: ['Rex', 'Max'] }, age: { gte: 5 } })).toEqual(['age-5'])
    })

    it('finds by fields inside of fields, whatever they are called', async () => {
      await insert('a', { labels: { room: 'red', "o'clock-x/y": 'yes' } })
      await insert('b', { labels: { room: 'blue' } })
      expect(await ids({ 'labels.room': 'blue' })).toEqual(['b'])
      expect(await ids({ "labels.o'clock-x/y": 'yes' })).toEqual(['a'])
      expect(await ids({ "labels.x' or '1'='1": 'yes' })).toEqual([])
      await expect(store.find('pets', { where: { 'labels.a"b': 'x' }, limit: 1 })).rejects.toThrow('labels.a"b')
    })

    it('finds nothing by an element of a list', async () => {
      await insert('a', { labels: { rooms: ['red'], beds: [{ colour: 'red' }] } })
      expect(await ids({ 'labels.rooms': 'red' })).toEqual([])
      expect(await ids({ 'labels.rooms.0': 'red' })).toEqual([])
      expect(await ids({ 'labels.beds.colour': 'red' })).toEqual([])
    })

    it('compares numbers with numbers and texts with texts', async () => {
      await insert('number', { age: 5 })
      await insert('text', { labels: { room: '5' }, other: 'x' })
      await insert('mixed', { age: 7, labels: { room: 7 } })
      expect(await ids({ 'labels.room': { gte: 0 } })).toEqual(['mixed'])
      expect(await ids({ 'labels.room': { lte: 'x' } })).toEqual(['text'])
      expect(await ids({ age: { lt: 'x' } })).toEqual([])
      expect(await ids({ other: { gt: 1, lt: 9 } })).toEqual([])
    })

    it('takes any text as a value', async () => {
      const texts = ["'; drop table document; --", '"', '%', 'ü\n', '']
      for (const [n, name] of texts.entries()) await insert(`${n}`, { name })
      for (const [n, name] of texts.entries()) expect(await ids({ name })).toEqual([`${n}`])
    })

    it('sorts by one field, equal ones by id, and limits', async () => {
      await insert('c', { age: 1 })
      await insert('a', { age: 2 })
      await insert('b', { age: 1 })
      expect(await inOrder({}, { sort: { by: 'age', order: 'asc' } })).toEqual(['b', 'c', 'a'])
      expect(await inOrder({}, { sort: { by: 'age', order: 'desc' } })).toEqual(['a', 'c', 'b'])
      expect(await inOrder({}, { sort: { by: 'id', order: 'desc' }, limit: 2 })).toEqual(['c', 'b'])
      expect(await inOrder({}, { limit: 0 })).toEqual([])
    })

    it('counts what it would find', async () => {
      for (const age of [1, 2, 3]) await insert(`age-${age}`, { age })
      expect([await store.count('pets', {}), await store.count('pets', { age: { gte: 2 } })]).toEqual([3, 2])
      expect(await store.count('others', {})).toBe(0)
    })

    it('shows every document once to who pages by the last value seen, while others come and go', async () => {
      const all = Array.from({ length: 95 }, (_, n) => `pet-${String(n).padStart(3, '0')}`)
      for (const id of all) await insert(id, {})
      const byId = { sort: { by: 'id', order: 'asc' }, limit: 10 } as const
      const seen: string[] = []
      for (let page = await inOrder({}, byId); page.length > 0; ) {
        seen.push(...page)
        const last = page.at(-1)!
        await insert(`${last}-new`, { name: 'new' })
        page = await inOrder({ id: { gt: last }, name: 'Rex' }, byId)
      }
      expect(seen).toEqual(all)
    })

    it('finds and orders what a plain list would, with indexes and without', async () => {
      await seeded(async (random) => {
        const pets = Array.from({ length: 120 }, (_, n) => {
          const [name, age, room] = [random.pick(names), random.below(6), random.pick(rooms)]
          return { id: `pet-${n}`, rev: 1, name, age, labels: { room }, other: { name, age } }
        })
        for (const { id, ...rest } of pets) await insert(id, rest)
        for (let turn = 0; turn < 150; turn++) {
          const conditions = [
            { name: random.pick(names) },
            { age: { gte: random.below(6), lt: random.below(7) } },
            { age: random.below(6) },
            { name: { in: [random.pick(names), random.pick(names)] } },
            { 'labels.room': random.pick(rooms) },
            { 'other.age': { in: [random.below(6), random.below(6), random.below(6)] } },
            { 'other.name': random.pick(names) },
            { id: { gt: `pet-${random.below(120)}` } },
          ].filter(() => random.chance(0.3))
          const where: Filter = Object.assign({}, ...conditions)
          const sort = {
            by: random.pick(['age', 'id', 'other.age', 'name']),
            order: random.pick(['asc', 'desc'] as const),
          }
          const limit = random.below(130)
          const expected = pets
            .filter((pet) => fits(pet, where))
            .toSorted(comparing(sort))
            .map(({ id }) => id)
          expect([where, sort, await inOrder(where, { sort, limit })]).toEqual([where, sort, expected.slice(0, limit)])
          expect((await inOrder(where, { limit: 1000 })).toSorted()).toEqual(expected.toSorted())
          expect(await store.count('pets', where)).toBe(expected.length)
        }
      })
    })
  })
}

const names = ['Rex', 'Max', 'Tom'] as const
const rooms = ['red', 'blue'] as const

const at = (document: object, path: string): string | number =>
  path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], document) as string | number

const fits = (document: object, where: Filter): boolean =>
  Object.entries(where).every(([path, condition]) => {
    const value = at(document, path)
    if (typeof condition !== 'object') return value === condition
    if ('in' in condition) return condition.in.includes(value)
    const { gt, gte, lt, lte } = condition
    return (
      (gt === undefined || value > gt) &&
      (gte === undefined || value >= gte) &&
      (lt === undefined || value < lt) &&
      (lte === undefined || value <= lte)
    )
  })

const comparing = ({ by, order }: { by: string; order: 'asc' | 'desc' }) => {
  const sign = order === 'desc' ? -1 : 1
  const compare = (a: string | number, b: string | number) => (a < b ? -sign : a > b ? sign : 0)
  return (a: { id: string }, b: { id: string }) => compare(at(a, by), at(b, by)) || compare(a.id, b.id)
}
