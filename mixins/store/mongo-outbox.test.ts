import { randomUUID } from 'node:crypto'
import { describeOn } from '../../test/servers/describe-on.ts'
import type { Instance } from '../../test/servers/instance.ts'
import { startMongo } from '../../test/servers/mongo.ts'
import { event, fact } from '../contract/contract.ts'
import type { NewMessage } from '../topics/topics.ts'
import { mongoDocuments } from './mongo.ts'
import { Relay } from './relay.ts'

const silent = { info: () => undefined, warn: () => undefined }
const Born = event({
  name: 'pets.born',
  topic: 'pets.events',
  about: 'For the test.',
  key: 'id',
  payload: { id: { type: 'string' } },
})
const HOUR_MS = 3_600_000

describeOn('mongodb')('what a process has left in the outbox', () => {
  let server: Instance
  let url: string
  const opened: { close(): Promise<void> }[] = []

  beforeAll(async () => {
    server = await startMongo()
  })
  beforeEach(() => {
    url = server.url.replace(/greenroom$/, `test-${randomUUID()}`)
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()))
  })
  afterAll(() => server?.stop())

  /** A process that uses one collection. */
  const processWith = async (collection: string, watchMs = HOUR_MS) => {
    const store = mongoDocuments(url, silent, { graceMs: 0, watchMs })
    opened.push(store)
    await store.declare({ name: collection })
    return store
  }
  const left = async () => {
    const writer = await processWith('pets')
    await writer.insert('pets', { id: 'rex', rev: 1 }, [fact(Born, { id: 'rex' })])
  }
  const found = async (store: Awaited<ReturnType<typeof processWith>>) =>
    (await Array.fromAsync(store.outbox.left())).flat().map(({ id }) => id)

  it('is found by one that uses the collection, though one that does not has looked before', async () => {
    await left()
    expect(await found(await processWith('toys'))).toEqual([])
    expect(await found(await processWith('pets'))).toEqual(['rex'])
  })

  it('is found by one at a time', async () => {
    await left()
    const first = await processWith('pets')
    const hasty = await processWith('pets')
    expect([await found(first), await found(hasty), await found(first)]).toEqual([['rex'], [], ['rex']])
  })

  it('is found by another one when the one that found it has fallen silent', async () => {
    await left()
    expect(await found(await processWith('pets', -1))).toEqual(['rex'])
    expect(await found(await processWith('pets'))).toEqual(['rex'])
  })

  describe('of what is written one after the other', () => {
    const diary = async () => {
      const store = mongoDocuments(url, silent, { gatherMs: HOUR_MS })
      opened.push(store)
      await store.insert('pets', { id: 'rex', rev: 1 }, [fact(Born, { id: 'rex' })])
      await store.insert('pets', { id: 'tom', rev: 1 }, [fact(Born, { id: 'tom' })])
      await store.replace('pets', { id: 'rex', rev: 2 }, [fact(Born, { id: 'rex' })])
      return store
    }

    it('tells together, each document once', async () => {
      const { outbox } = await diary()
      const told: [string, number][] = []
      outbox.listen(({ id, letters }) => told.push([id, letters.length]))
      await outbox.gathered()
      await outbox.gathered()
      expect(told).toEqual([
        ['rex', 2],
        ['tom', 1],
      ])
    })

    it('publishes what was gathered before it ends', async () => {
      const log: NewMessage[] = []
      const append = async (_: string, messages: NewMessage[]) => void log.push(...messages)
      const store = mongoDocuments(url, silent, { gatherMs: HOUR_MS })
      opened.push(store)
      const relay = new Relay(store.outbox, { append }, silent)
      await store.insert('pets', { id: 'rex', rev: 1 }, [fact(Born, { id: 'rex' })])
      await store.replace('pets', { id: 'rex', rev: 2 }, [fact(Born, { id: 'rex' })])
      await relay.close()
      expect(log.map(({ key }) => key)).toEqual(['rex', 'rex'])
      expect(await store.outbox.oldest()).toBeNull()
    })
  })
})
