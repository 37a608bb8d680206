import { eventually } from '../../test/eventually.ts'
import { seeded } from '../../test/random.ts'
import type { Message, NewMessage, SubscribeOptions, Topics, Unsubscribe } from './topics.ts'

export type TopicsHarness = {
  topics(): Topics
  partitions: number
  /** What the topics' clients see when every process that uses them has been started anew. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** The promises of durable topics, for any backend. */
export const topicsSuite = (backend: string, open: () => Promise<TopicsHarness>): void => {
  describe(`durable topics on ${backend}`, () => {
    let harness: TopicsHarness
    let topics: Topics
    let subscriptions: Unsubscribe[]
    let sequence: number

    beforeEach(async () => {
      harness = await open()
      topics = harness.topics()
      subscriptions = []
      sequence = 0
    })
    afterEach(async () => {
      await Promise.all(subscriptions.map((unsubscribe) => unsubscribe()))
      await harness.close()
    })

    const message = (key: string, payload: unknown = null): NewMessage => {
      const id = `id-${++sequence}`
      return { id, key, type: 'pets.fed', headers: {}, payload }
    }
    const append = (...messages: NewMessage[]) => topics.append('pets', messages)
    type Handler = (batch: Message[]) => Promise<void>
    const subscribe = async (group: string, handler: Handler, options?: SubscribeOptions) => {
      const unsubscribe = await topics.subscribe('pets', group, handler, options)
      subscriptions.push(unsubscribe)
      return unsubscribe
    }
    const collect = async (group: string, options?: SubscribeOptions) => {
      const seen: Message[] = []
      const unsubscribe = await subscribe(group, async (batch) => void seen.push(...batch), options)
      return { seen, unsubscribe }
    }
    const idle = (group: string) => eventually(async () => expect(await topics.lag('pets', group)).toBe(0))

    it('delivers a message as it was, with its place', async () => {
      const whole = { ...message('rex', { deep: [1, 'ü', null, { x: true }] }), headers: { trace: 'abc' } }
      await append(whole)
      const { seen } = await collect('shop')
      await eventually(() => expect(seen).toHaveLength(1))
      expect(seen[0]).toMatchObject({ ...whole, topic: 'pets', offset: 0 })
      expect(seen[0]!.partition).toBeLessThan(harness.partitions)
      expect(Math.abs(Date.now() - seen[0]!.at)).toBeLessThan(60_000)
    })

    it('shows a new group the topic from its beginning, and each group everything', async () => {
      await append(message('a'), message('b'))
      const [one, two] = [await collect('one'), await collect('two')]
      await append(message('c'))
      await eventually(() => expect(one.seen.map(({ id }) => id).toSorted()).toEqual(['id-1', 'id-2', 'id-3']))
      await eventually(() => expect(two.seen.map(({ id }) => id).toSorted()).toEqual(['id-1', 'id-2', 'id-3']))
    })

    it('keeps topics apart', async () => {
      const { seen } = await collect('shop')
      await topics.append('other', [message('a')])
      await append(message('a'))
      await eventually(() => expect(seen.map(({ id }) => id)).toEqual(['id-2']))
    })

    it('lets one group read several topics side by side', async () => {
      const others: string[] = []
      const here = await collect('shop')
      subscriptions.push(
        await topics.subscribe('other', 'shop', async (batch) => void others.push(...batch.map(({ id }) => id))),
      )
      const ids = Array.from({ length: 20 }, (_, n) => `key-${n}`)
      await topics.append(
        'other',
        ids.map((key) => message(key)),
      )
      await append(...ids.map((key) => message(key)))
      await eventually(() => expect([others.length, here.seen.length]).toEqual([20, 20]))
    })

    it('keeps the order of each key, whoever appends and however much', async () => {
      await seeded(async (random) => {
        const { seen } = await collect('shop')
        const appended = new Map<string, number>()
        for (let turn = 0; turn < 60; turn++) {
          const batch = Array.from({ length: random.below(20) + 1 }, () => {
            const key = `key-${random.below(25)}`
            appended.set(key, (appended.get(key) ?? 0) + 1)
            return message(key, appended.get(key))
          })
          await append(...batch)
        }
        await eventually(() => expect(seen).toHaveLength(sequence))
        for (const [key, count] of appended) {
          const numbers = seen.filter((found) => found.key === key).map(({ payload }) => payload)
          expect(numbers).toEqual(Array.from({ length: count }, (_, n) => n + 1))
        }
      })
    })

    it('keeps all messages of a key in one partition, in offsets that grow by one', async () => {
      await append(...Array.from({ length: 30 }, (_, n) => message('rex', n)))
      const pages = await Promise.all(
        Array.from({ length: harness.partitions }, (_, partition) => topics.read('pets', partition, 0, 100)),
      )
      const [full, ...others] = pages.filter((page) => page.length > 0)
      expect(others).toEqual([])
      expect(full!.map(({ offset, payload }) => [offset, payload])).toEqual(
        Array.from({ length: 30 }, (_, n) => [n, n]),
      )
    })

    it('reads any part of a partition without moving a group', async () => {
      await append(...Array.from({ length: 10 }, (_, n) => message('rex', n)))
      const { partition } = (
        await Promise.all(Array.from({ length: harness.partitions }, (_, p) => topics.read('pets', p, 0, 1)))
      ).flat()[0]!
      expect((await topics.read('pets', partition, 4, 3)).map(({ payload }) => payload)).toEqual([4, 5, 6])
      expect(await topics.read('pets', partition, 10, 3)).toEqual([])
      expect(await topics.read('unknown', 0, 0, 3)).toEqual([])
      expect(await topics.lag('pets', 'shop')).toBe(10)
    })

    it('tells how far each partition reaches', async () => {
      expect(await topics.extent('unknown')).toEqual([])
      await append(...Array.from({ length: 7 }, (_, n) => message('rex', n)))
      const kept = (await topics.extent('pets')).filter(({ next }) => next > 0)
      expect(kept).toEqual([{ partition: expect.any(Number), first: 0, next: 7 }])
      expect(await topics.read('pets', kept[0]!.partition, 0, 100)).toHaveLength(7)
    })

    it('hands over one batch of a partition at a time', async () => {
      let running = 0
      let most = 0
      let count = 0
      await subscribe('shop', async (batch) => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        count += batch.length
        running--
      })
      for (let n = 0; n < 50; n++) await append(message('rex'))
      await eventually(() => expect(count).toBe(50))
      expect(most).toBe(1)
    })

    it('delivers a rejected batch again, and nothing behind it before', async () => {
      await append(...Array.from({ length: 5 }, (_, n) => message('rex', n)))
      const seen: unknown[] = []
      let failures = 2
      await subscribe('shop', async (batch) => {
        seen.push(...batch.map(({ payload }) => payload))
        if (failures-- > 0) throw new TypeError('not now')
      })
      await eventually(() => expect(seen).toContain(4))
      await append(message('rex', 5))
      await idle('shop')
      expect(seen.slice(0, 5)).toEqual([0, 1, 2, 3, 4])
      expect([...new Set(seen)]).toEqual([0, 1, 2, 3, 4, 5])
      expect(seen.filter((payload) => payload === 0)).toHaveLength(3)
      expect(seen.filter((payload) => payload === 5)).toHaveLength(1)
    })

    it('lets the other partitions go on while one is stuck', async () => {
      const seen = new Set<number>()
      await subscribe('shop', async (batch) => {
        if (batch.some(({ key }) => key === 'stuck')) throw new TypeError('never')
        for (const { partition } of batch) seen.add(partition)
      })
      await append(message('stuck'), ...Array.from({ length: 200 }, (_, n) => message(`key-${n}`)))
      await eventually(() => expect(seen.size).toBe(harness.partitions - 1))
    })

    it('counts what a group has not seen yet', async () => {
      expect(await topics.lag('pets', 'shop')).toBe(0)
      await append(message('a'), message('b'), message('c'))
      expect(await topics.lag('pets', 'shop')).toBe(3)
      const { unsubscribe } = await collect('shop')
      await idle('shop')
      await unsubscribe()
      await append(message('d'))
      expect([await topics.lag('pets', 'shop'), await topics.lag('pets', 'other')]).toEqual([1, 4])
    })

    it('goes on where it was after a restart: what was seen does not come again, what was not does', async () => {
      await append(message('a'), message('b'))
      const before = await collect('shop')
      await idle('shop')
      await before.unsubscribe()
      const stuck = await subscribe('stuck', () => Promise.reject(new TypeError('no')))
      await append(message('c'))
      await stuck()
      await harness.restart()
      topics = harness.topics()
      const [shop, other] = [await collect('shop'), await collect('stuck')]
      await append(message('d'))
      await eventually(() => expect(shop.seen.map(({ id }) => id).toSorted()).toEqual(['id-3', 'id-4']))
      await eventually(() => expect(other.seen).toHaveLength(4))
    })

    it('ends a subscription only when its handler has ended, and calls it no more', async () => {
      const steps: string[] = []
      let begun = () => {}
      const running = new Promise<void>((resolve) => {
        begun = resolve
      })
      const unsubscribe = await subscribe('shop', async () => {
        steps.push('begin')
        begun()
        await new Promise((resolve) => setTimeout(resolve, 30))
        steps.push('end')
      })
      await append(message('a'))
      await running
      await unsubscribe()
      await append(message('a'))
      steps.push('over')
      expect(steps).toEqual(['begin', 'end', 'over'])
      expect(await topics.lag('pets', 'shop')).toBe(1)
    })
  })
}
