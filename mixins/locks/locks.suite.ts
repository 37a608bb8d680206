import { eventually } from '../../test/eventually.ts'
import type { Lease, Locks } from './locks.ts'

export type LocksHarness = {
  locks(): Locks
  /** What their clients see when every process that has to do with them has been started anew. */
  restart(): Promise<void>
  close(): Promise<void>
}

const LONG = 60_000

/** The promises of leases, for any backend. */
export const locksSuite = (backend: string, open: () => Promise<LocksHarness>): void => {
  describe(`a lease on ${backend}`, () => {
    let harness: LocksHarness
    let lease: Lease

    beforeEach(async () => {
      harness = await open()
      lease = harness.locks().lease('leader')
    })
    afterEach(() => harness.close())

    const next = async (holder: string): Promise<number> => {
      let token: number | null = null
      await eventually(async () => {
        token ??= await lease.acquire(holder, LONG)
        expect(token).not.toBeNull()
      })
      return token!
    }

    it('is given to the first who asks, and to nobody else while it is held', async () => {
      expect(await lease.current()).toBeNull()
      const token = await lease.acquire('a', LONG)
      expect(await lease.acquire('b', LONG)).toBeNull()
      expect(await lease.acquire('a', LONG)).toBeNull()
      expect(await lease.current()).toEqual({ holder: 'a', token })
    })

    it('is one of its name, wherever it is asked for', async () => {
      const token = await lease.acquire('a', LONG)
      expect(await harness.locks().lease('leader').current()).toEqual({ holder: 'a', token })
      expect(await harness.locks().lease('other').acquire('b', LONG)).not.toBeNull()
    })

    it('is given to one of many who ask at once', async () => {
      const tokens = await Promise.all(Array.from({ length: 30 }, (_, n) => lease.acquire(`node-${n}`, LONG)))
      expect(tokens.filter((token) => token !== null)).toHaveLength(1)
    })

    it('is free at once when it is given back', async () => {
      const token = await lease.acquire('a', LONG)
      expect(await lease.release(token!)).toBe(true)
      expect(await lease.current()).toBeNull()
      expect(await lease.acquire('b', LONG)).toBeGreaterThan(token!)
    })

    it('is lost when it is not renewed in time: then nothing that its holder does has an effect', async () => {
      const old = (await lease.acquire('a', 40))!
      const token = await next('b')
      expect(token).toBeGreaterThan(old)
      expect(await lease.renew(old, LONG)).toBe(false)
      expect(await lease.release(old)).toBe(false)
      expect(await lease.current()).toEqual({ holder: 'b', token })
    })

    it('cannot be renewed once it is over, even when nobody else has it', async () => {
      const token = (await lease.acquire('a', 30))!
      await eventually(async () => expect(await lease.current()).toBeNull())
      expect(await lease.renew(token, LONG)).toBe(false)
      expect(await lease.release(token)).toBe(false)
    })

    it('is kept for as long as it is renewed', async () => {
      const token = (await lease.acquire('a', 2000))!
      const until = performance.now() + 3000
      while (performance.now() < until) {
        expect(await lease.renew(token, 2000)).toBe(true)
        expect(await lease.acquire('b', LONG)).toBeNull()
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })

    it('gives tokens that grow, over releases, losses and restarts', async () => {
      const tokens: number[] = []
      for (let turn = 0; turn < 20; turn++) {
        tokens.push(await next('a'))
        await lease.release(tokens.at(-1)!)
      }
      tokens.push((await lease.acquire('a', 5))!)
      await harness.restart()
      lease = harness.locks().lease('leader')
      tokens.push(await next('a'))
      expect(tokens.every((token, n) => n === 0 || token > tokens[n - 1]!)).toBe(true)
      expect(tokens.every(Number.isSafeInteger)).toBe(true)
    })
  })
}
