import { Errors, ServiceBroker, type ServiceSchema } from 'moleculer'
import { attach, type Backends } from '../backends.ts'
import { event, fact } from '../contract/contract.ts'
import { PARTITIONS } from '../contract/topic.ts'
import { scratch } from '../sqlite/scratch.ts'
import { type SqliteTopics, sqliteTopics } from '../topics/sqlite.ts'
import type { Document, Documents } from './documents.ts'
import { sqliteDocuments } from './sqlite.ts'
import { type Store, store } from './store.mixin.ts'

type Pet = Document & { meals: number }

const Fed = event({
  name: 'pets.fed',
  topic: 'pets.events',
  about: 'For the test.',
  key: 'id',
  payload: { id: { type: 'string' }, rev: { type: 'number' } },
})
const fed = ({ id, rev }: Pet) => fact(Fed, { id, rev })
const feed = (pet: Pet) => ({ state: { ...pet, meals: pet.meals + 1 }, facts: [fed(pet)] })

class NoSuchPet extends Errors.MoleculerClientError {
  constructor(id: string) {
    super(`There is no pet ${id}.`, 404, 'NO_SUCH_PET', { id })
  }
}

describe('an actor that owns documents', () => {
  let file: ReturnType<typeof scratch>
  let log: SqliteTopics
  let documents: Documents
  let broker: ServiceBroker
  let pets: Store<Pet>

  beforeEach(async () => {
    file = scratch()
    log = sqliteTopics(file.database)
    documents = sqliteDocuments(file.database, log)
    broker = new ServiceBroker({ logger: false })
    attach(broker, { store: documents } as unknown as Backends)
    const mixins = [store<Pet>({ name: 'pets', unique: ['meals'] }, (id) => new NoSuchPet(id))]
    pets = broker.createService({ name: 'pets', mixins } as ServiceSchema) as unknown as Store<Pet>
    await broker.start()
  })
  afterEach(async () => {
    await broker.stop()
    await file.discard()
  })

  const rex = { id: 'rex', rev: 1, meals: 0 }
  const told = async () => {
    const pages = Array.from({ length: PARTITIONS }, (_, partition) => log.read('pets.events', partition, 0, 1000))
    return (await Promise.all(pages)).flat().map(({ payload }) => (payload as { rev: number }).rev)
  }
  const noSuch = expect.objectContaining({ type: 'NO_SUCH_PET', code: 404 })

  it('creates a document at its first revision, with its facts and its frozen part', async () => {
    expect(await pets.create({ state: { ...rex, rev: 9 }, facts: [fed(rex)] }, { race: 'cat' })).toEqual(rex)
    expect(await pets.find('rex')).toEqual(rex)
    expect(await pets.frozen('rex')).toEqual({ race: 'cat' })
    expect(await told()).toEqual([1])
    const tom = { id: 'tom', rev: 3, meals: 2 }
    expect(await pets.create({ state: tom, facts: [] }, undefined, 3)).toEqual(tom)
    expect(await pets.find('tom')).toEqual(tom)
  })

  it('has declared its collection before it serves anybody', async () => {
    await pets.create({ state: rex, facts: [] })
    const twin = pets.create({ state: { ...rex, id: 'tom' }, facts: [] })
    await expect(twin).rejects.toThrow(expect.objectContaining({ type: 'DUPLICATE_DOCUMENT', field: 'meals' }))
  })

  it('gives every decision the revision that its change will have', async () => {
    await pets.create({ state: rex, facts: [fed(rex)] })
    expect(await pets.change('rex', feed)).toEqual({ ...rex, rev: 2, meals: 1 })
    expect(await pets.change('rex', feed)).toEqual({ ...rex, rev: 3, meals: 2 })
    expect(await told()).toEqual([1, 2, 3])
  })

  it('changes nothing when that is what was decided, and answers with the present state', async () => {
    await pets.create({ state: rex, facts: [] })
    expect(await pets.change('rex', () => null)).toEqual(rex)
    expect([await pets.find('rex'), await told()]).toEqual([rex, []])
  })

  it('passes on what a decision throws, and changes nothing', async () => {
    await pets.create({ state: rex, facts: [] })
    const refuse = () => {
      throw new Errors.MoleculerClientError('Not hungry.', 409, 'NOT_HUNGRY')
    }
    await expect(pets.change('rex', refuse)).rejects.toThrow('Not hungry.')
    expect(await pets.find('rex')).toEqual(rex)
  })

  it('decides anew when somebody else was faster, so that no change is lost', async () => {
    await pets.create({ state: rex, facts: [] })
    let decisions = 0
    await Promise.all(
      Array.from({ length: 20 }, () =>
        pets.change('rex', (pet) => {
          decisions++
          return feed(pet)
        }),
      ),
    )
    expect(await pets.find('rex')).toEqual({ ...rex, rev: 21, meals: 20 })
    expect(await told()).toEqual(Array.from({ length: 20 }, (_, n) => n + 2))
    expect(decisions).toBeGreaterThan(20)
  })

  describe('and remembers what it wrote last', () => {
    let asked: string[]
    let forgetful: Store<Pet>

    beforeEach(async () => {
      asked = []
      const { get } = documents
      documents.get = (collection, id) => {
        asked.push(id)
        return get.call(documents, collection, id) as never
      }
      const mixins = [store<Pet>({ name: 'pets', unique: ['meals'] }, (id) => new NoSuchPet(id), { recent: 1 })]
      const keeper = broker.createService({ name: 'keeper', mixins } as ServiceSchema)
      forgetful = keeper as unknown as Store<Pet>
      await broker.waitForServices('keeper', 5000, 10)
    })

    it('changes it without asking, and asks for what it has forgotten', async () => {
      await forgetful.create({ state: rex, facts: [] })
      expect(await forgetful.change('rex', feed)).toEqual({ ...rex, rev: 2, meals: 1 })
      expect(asked).toEqual([])
      await forgetful.create({ state: { ...rex, id: 'tom', meals: 9 }, facts: [] })
      expect(await forgetful.change('rex', feed)).toEqual({ ...rex, rev: 3, meals: 2 })
      expect([asked, await told()]).toEqual([['rex'], [2, 3]])
    })

    it('decides anew upon what another process has written', async () => {
      await forgetful.create({ state: rex, facts: [] })
      await pets.change('rex', feed)
      expect(await forgetful.change('rex', feed)).toEqual({ ...rex, rev: 3, meals: 2 })
      expect(await told()).toEqual([2, 3])
    })

    it('lets the present state have the last word where the old one refuses, or wants nothing', async () => {
      await forgetful.create({ state: rex, facts: [] })
      await pets.change('rex', feed)
      const starve = (pet: Pet) => (pet.meals === 0 ? null : { state: { ...pet, meals: 0 }, facts: [] })
      expect(await forgetful.change('rex', starve)).toEqual({ ...rex, rev: 3, meals: 0 })
      await pets.change('rex', feed)
      const insist = (pet: Pet) => {
        if (pet.meals === 0) throw new NoSuchPet(pet.id)
        return feed(pet)
      }
      expect(await forgetful.change('rex', insist)).toEqual({ ...rex, rev: 5, meals: 2 })
    })

    it('knows nothing of what was removed', async () => {
      await forgetful.create({ state: rex, facts: [] })
      await pets.remove('rex', () => [])
      await expect(forgetful.change('rex', feed)).rejects.toThrow(noSuch)
      await forgetful.create({ state: rex, facts: [] })
      await forgetful.remove('rex', () => [])
      await expect(forgetful.change('rex', feed)).rejects.toThrow(noSuch)
    })
  })

  it('gives up on a document that is changed faster than it can decide', async () => {
    await pets.create({ state: rex, facts: [] })
    documents.replace = async () => false
    await expect(pets.change('rex', feed)).rejects.toThrow(
      expect.objectContaining({ type: 'CONTENDED', retryable: true }),
    )
  })

  it('removes a document with the facts that say so', async () => {
    await pets.create({ state: rex, facts: [] })
    expect(await pets.remove('rex', (pet) => [fed(pet)])).toEqual(rex)
    await expect(pets.find('rex')).rejects.toThrow(noSuch)
    expect(await told()).toEqual([2])
  })

  it('throws its own error for an unknown id', async () => {
    await expect(pets.find('tom')).rejects.toThrow(noSuch)
    await expect(pets.frozen('tom')).rejects.toThrow(noSuch)
    await expect(pets.change('tom', feed)).rejects.toThrow(noSuch)
    await expect(pets.remove('tom', () => [])).rejects.toThrow(noSuch)
  })

  it('searches and counts its own documents', async () => {
    for (const meals of [1, 2, 3]) await pets.create({ state: { id: `pet-${meals}`, rev: 1, meals }, facts: [] })
    const found = await pets.search({ where: { meals: { gte: 2 } }, sort: { by: 'meals', order: 'desc' }, limit: 5 })
    expect(found.map(({ meals }) => meals)).toEqual([3, 2])
    expect(await pets.count({ meals: 1 })).toBe(1)
  })
})
