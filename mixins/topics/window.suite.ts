import { eventually } from '../../test/eventually.ts'
import type { TopicsHarness } from './topics.suite.ts'
import type { Message, NewMessage, Topics } from './topics.ts'

/** What must hold of a subscription with a window, and of several of one group, for any backend. */
export const windowSuite = (backend: string, open: () => Promise<TopicsHarness>): void => {
  describe(`side by side on ${backend}`, () => {
    let harness: TopicsHarness
    let topics: Topics

    beforeEach(async () => {
      harness = await open()
      topics = harness.topics()
    })
    afterEach(() => harness.close())

    const message = (n: number, key = 'rex'): NewMessage => ({
      id: `${n}`,
      key,
      type: 'pets.fed',
      headers: {},
      payload: n,
    })
    const appendEach = async (from: number, to: number) => {
      for (let n = from; n <= to; n++) await topics.append('pets', [message(n)])
    }

    /** A handler whose batches stay open until they are let go by their first message. */
    const holding = () => {
      const open = new Map<unknown, (error?: Error) => void>()
      const seen: unknown[] = []
      const handler = (batch: Message[]) => {
        seen.push(...batch.map(({ payload }) => payload))
        return new Promise<void>((resolve, reject) =>
          open.set(batch[0]!.payload, (error) => (error ? reject(error) : resolve())),
        )
      }
      return { open, seen, handler }
    }

    it('hands over the next batches before the first is over, up to the window', async () => {
      const { open, seen, handler } = holding()
      await appendEach(1, 1)
      const unsubscribe = await topics.subscribe('pets', 'shop', handler, { window: 5 })
      await eventually(() => expect(seen).toEqual([1]))
      await appendEach(2, 9)
      await eventually(() => expect(seen).toEqual([1, 2, 3, 4, 5]))
      for (let n = 1; n <= 9; n++) {
        await eventually(() => expect(seen).toContain(n))
        open.get(n)?.()
      }
      await eventually(async () => expect(await topics.lag('pets', 'shop')).toBe(0))
      expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
      await unsubscribe()
    })

    it('moves the position of the group only over what is over', async () => {
      const first = holding()
      await appendEach(1, 1)
      const unsubscribe = await topics.subscribe('pets', 'shop', first.handler, { window: 5 })
      await eventually(() => expect(first.seen).toEqual([1]))
      await appendEach(2, 2)
      await eventually(() => expect(first.seen).toEqual([1, 2]))
      first.open.get(2)?.()
      const ended = unsubscribe()
      first.open.get(1)?.(new TypeError('not yet'))
      await ended
      expect(await topics.lag('pets', 'shop')).toBe(2)
      const second = holding()
      const again = await topics.subscribe('pets', 'shop', second.handler)
      await eventually(() => expect(second.seen).toEqual([1, 2]))
      for (const end of second.open.values()) end()
      await again()
    })

    it('shares the partitions among the members of a group, and misses nothing while they come', async () => {
      const seen: unknown[] = []
      const member = () =>
        topics.subscribe('pets', 'shop', async (batch) => void seen.push(...batch.map((m) => m.payload)))
      const members = await Promise.all([member(), member(), member()])
      const numbers = Array.from({ length: 300 }, (_, n) => n)
      for (const n of numbers) await topics.append('pets', [message(n, `key-${n % 40}`)])
      await eventually(async () => expect(await topics.lag('pets', 'shop')).toBe(0))
      // A partition that changes hands is handed over again from where its group stands: at least once, not exactly.
      expect([...new Set(seen)].toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers)
      await Promise.all(members.map((end) => end()))
    })

    it('leaves to the other members what a member was doing that has left', async () => {
      const { seen, handler } = holding()
      const leaving = await topics.subscribe('pets', 'shop', async () => Promise.reject(new TypeError('no')))
      await topics.append('pets', [message(1)])
      const staying = await topics.subscribe('pets', 'shop', async (batch) => {
        void handler(batch)
      })
      await leaving()
      await eventually(() => expect(seen).toEqual([1]))
      await staying()
    })
  })
}
