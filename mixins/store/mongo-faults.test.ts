import { dose } from '../../test/dose.ts'
import { eventually } from '../../test/eventually.ts'
import { seeded } from '../../test/random.ts'
import { describeOn } from '../../test/servers/describe-on.ts'
import type { Instance } from '../../test/servers/instance.ts'
import { lossyWay } from '../../test/servers/lossy-way.ts'
import { startMongo } from '../../test/servers/mongo.ts'
import { event, fact } from '../contract/contract.ts'
import type { NewMessage } from '../topics/topics.ts'
import { type Document, DuplicateDocument } from './documents.ts'
import { mongoDocuments } from './mongo.ts'
import { Relay } from './relay.ts'
import { StoreUnavailable } from './unavailable.ts'

const Made = event({
  name: 'things.made',
  topic: 'things',
  about: 'For the test.',
  key: 'id',
  payload: { id: { type: 'string' }, rev: { type: 'number' } },
})
const made = (id: string, rev: number) => fact(Made, { id, rev })
const silent = { info: () => undefined, warn: () => undefined }
const unavailable = expect.objectContaining({ type: 'STORE_UNAVAILABLE', retryable: true })

/** A log that can be taken away. */
const topicsOf = (log: NewMessage[]) => {
  const topics = {
    isDown: false,
    async append(_: string, messages: NewMessage[]) {
      if (topics.isDown) throw new TypeError('no broker answers')
      log.push(...messages)
    },
  }
  return topics
}
const revs = (log: NewMessage[], id: string) =>
  log.filter(({ key }) => key === id).map(({ payload }) => (payload as Document).rev)

describeOn('mongodb')('the store on a MongoDB that fails', () => {
  let server: Instance
  beforeEach(async () => {
    server = await startMongo()
  })
  afterEach(() => server?.stop())

  it('loses no acknowledged write and no fact when the server is killed under load', async () => {
    await seeded(async (random) => {
      const log: NewMessage[] = []
      const store = mongoDocuments(server.url, silent)
      const relay = new Relay(store.outbox, topicsOf(log), silent)
      await store.declare({ name: 'things' })
      await store.insert('things', { id: 'counter', rev: 1 }, [made('counter', 1)])
      const acknowledged: string[] = []
      const counted = { certain: 0, open: 0 }
      let isOver = false

      const insert = async (id: string) => {
        await store.insert('things', { id, rev: 1 }, [made(id, 1)])
        acknowledged.push(id)
      }
      const count = async () => {
        const seen = await store.get('things', 'counter')
        const rev = seen!.rev + 1
        try {
          if (await store.replace('things', { id: 'counter', rev }, [made('counter', rev)])) counted.certain++
        } catch (error) {
          counted.open++
          throw error
        }
      }
      const writer = async (name: number) => {
        for (let n = 0; !isOver; n++) {
          try {
            await (n % 3 ? insert(`${name}-${n}`) : count())
          } catch (error) {
            // Anything else would be a fault of ours.
            if (!(error instanceof StoreUnavailable)) throw error
          }
        }
      }
      const writers = Promise.all(Array.from({ length: 8 }, (_, name) => writer(name)))
      for (let kill = 0; kill < 2 * dose; kill++) {
        const until = acknowledged.length + 100 + random.below(200)
        await eventually(() => expect(acknowledged.length).toBeGreaterThan(until))
        await server.restart()
      }
      isOver = true
      await writers

      await eventually(async () => expect(await store.outbox.oldest()).toBeNull())
      const kept = new Set((await store.find('things', { limit: 1_000_000 })).map(({ id }) => id))
      expect(acknowledged.filter((id) => !kept.has(id))).toEqual([])
      const told = new Set(log.map(({ key }) => key))
      expect([...kept].filter((id) => !told.has(id))).toEqual([])
      expect([...told].filter((id) => !kept.has(id))).toEqual([])
      const changes = (await store.get('things', 'counter'))!.rev - 1
      expect(changes).toBeGreaterThanOrEqual(counted.certain)
      expect(changes).toBeLessThanOrEqual(counted.certain + counted.open)
      expect([...new Set(revs(log, 'counter'))]).toEqual(Array.from({ length: changes + 1 }, (_, n) => n + 1))
      await relay.close()
      await store.close()
    })
  })

  it('answers in time while the server is held still, and goes on when it does', async () => {
    const store = mongoDocuments(server.url, silent)
    await store.declare({ name: 'things' })
    await store.insert('things', { id: 'a', rev: 1 }, [])
    server.pause()
    const since = performance.now()
    const calls = [
      store.insert('things', { id: 'b', rev: 1 }, []),
      store.replace('things', { id: 'a', rev: 2 }, []),
      store.get('things', 'a'),
    ]
    for (const call of await Promise.allSettled(calls))
      expect(call).toMatchObject({ status: 'rejected', reason: unavailable })
    expect(performance.now() - since).toBeLessThan(60_000)
    expect(store.health().ok).toBe(false)
    server.resume()
    await eventually(() => store.get('things', 'a'))
    // Nobody knows whether the server has done what it was asked before; both answers are true.
    await store
      .insert('things', { id: 'b', rev: 1 }, [])
      .catch((error) => expect(error).toBeInstanceOf(DuplicateDocument))
    expect(await store.get('things', 'b')).toEqual({ id: 'b', rev: 1 })
    expect(store.health().ok).toBe(true)
    await store.close()
  })

  it('finds out what became of a write whose answer was lost', async () => {
    const lossy = await lossyWay(server.port)
    const store = mongoDocuments(
      `mongodb://127.0.0.1:${lossy.port}/greenroom?directConnection=true&retryWrites=false`,
      silent,
    )
    await store.declare({ name: 'things', unique: ['tag'] })
    for (let n = 0; n < 5; n++) {
      const thing = { id: `thing-${n}`, rev: 1, tag: `${n}` }
      lossy.loseAnswerTo('insert')
      await store.insert('things', thing, [made(thing.id, 1)])
      lossy.loseAnswerTo('update')
      expect(await store.replace('things', { ...thing, rev: 2 }, [made(thing.id, 2)])).toBe(true)
      lossy.loseAnswerTo('update')
      expect(await store.remove('things', thing.id, 2, [made(thing.id, 3)])).toBe(true)
      lossy.loseAnswerTo('insert')
      await store.insert('things', thing, [made(thing.id, 4)])
      lossy.loseAnswerTo('insert')
      await expect(store.insert('things', { ...thing, tag: 'other' }, [])).rejects.toThrow(DuplicateDocument)
    }
    expect(lossy.lost()).toBeGreaterThanOrEqual(25)
    const log: NewMessage[] = []
    const relay = new Relay(store.outbox, topicsOf(log), silent)
    await eventually(async () => expect(await store.outbox.oldest()).toBeNull())
    for (let n = 0; n < 5; n++) expect(revs(log, `thing-${n}`)).toEqual([1, 2, 3, 4])
    await relay.close()
    await store.close()
    lossy.close()
  })

  it('never takes a write for not done whose mark has been forgotten', async () => {
    const lossy = await lossyWay(server.port)
    const store = mongoDocuments(
      `mongodb://127.0.0.1:${lossy.port}/greenroom?directConnection=true&retryWrites=false`,
      silent,
    )
    const other = mongoDocuments(server.url, silent)
    for (const writes of [3, 20]) {
      const id = `thing-${writes}`
      await store.insert('things', { id, rev: 1 }, [])
      const before = lossy.lost()
      lossy.loseAnswerTo('update')
      const change = store.replace('things', { id, rev: 2 }, []).catch((error) => error)
      await eventually(() => expect(lossy.lost()).toBe(before + 1))
      for (let rev = 3; rev < 3 + writes; rev++) expect(await other.replace('things', { id, rev }, [])).toBe(true)
      // Where it was asked in time its mark was still there.
      expect([true, unavailable]).toContainEqual(await change)
    }
    await store.close()
    await other.close()
    lossy.close()
  })

  it('accepts while the topics are away, tells of it, and lets nothing be overtaken after', async () => {
    const log: NewMessage[] = []
    const topics = topicsOf(log)
    const store = mongoDocuments(server.url, silent)
    const relay = new Relay(store.outbox, topics, silent, { lateMs: 300 })
    topics.isDown = true
    const ids = Array.from({ length: 40 }, (_, n) => `thing-${n}`)
    for (const id of ids) await store.insert('things', { id, rev: 1 }, [made(id, 1)])
    for (const id of ids) await store.replace('things', { id, rev: 2 }, [made(id, 2)])
    await eventually(() => expect(relay.health()).toMatchObject({ ok: false }))
    expect(relay.health().message).toMatch(/^Facts wait for their topics since \d+ s: things: no broker answers/)
    topics.isDown = false
    for (const id of ids.slice(0, 20)) await store.replace('things', { id, rev: 3 }, [made(id, 3)])
    await eventually(async () => expect(await store.outbox.oldest()).toBeNull())
    for (const [n, id] of ids.entries()) expect(revs(log, id)).toEqual(n < 20 ? [1, 2, 3] : [1, 2])
    await eventually(() => expect(relay.health().ok).toBe(true))
    await relay.close()
    await store.close()
  })

  it('publishes what a process left behind that died, from any other one', async () => {
    const dead = mongoDocuments(server.url, silent)
    await dead.insert('things', { id: 'a', rev: 1 }, [made('a', 1)])
    await dead.insert('things', { id: 'b', rev: 1 }, [made('b', 1)], 'x'.repeat(100_000))
    await dead.remove('things', 'b', 1, [made('b', 2)])
    await dead.close()
    const log: NewMessage[] = []
    const store = mongoDocuments(server.url, silent)
    await store.declare({ name: 'things' })
    const relay = new Relay(store.outbox, topicsOf(log), silent)
    await store.replace('things', { id: 'a', rev: 2 }, [made('a', 2)])
    await eventually(async () => expect(await store.outbox.oldest()).toBeNull())
    expect([revs(log, 'a'), revs(log, 'b')]).toEqual([
      [1, 2],
      [1, 2],
    ])
    await relay.close()
    await store.close()
  })
})
