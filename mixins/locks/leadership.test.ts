import { eventually } from '../../test/eventually.ts'
import { inProcessLocks } from './in-process.ts'
import { Leadership } from './leadership.ts'
import type { Lease } from './locks.ts'

const quiet = { info: () => undefined, warn: () => undefined }
const FOR_MS = 3000

let leaders: string[] = []
const all = new Set<Leadership>()

const candidate = (holder: string, lease: Lease): Leadership => {
  const one = new Leadership({
    lease,
    holder,
    forMs: FOR_MS,
    logger: quiet,
    lead: () => {
      leaders.push(holder)
      return async () => {
        leaders = leaders.filter((leader) => leader !== holder)
      }
    },
  })
  all.add(one)
  return one
}

afterEach(async () => {
  await Promise.all([...all].map((one) => one.stop()))
  all.clear()
  leaders = []
})

describe('a leadership', () => {
  it('is one candidate’s at a time, and the next one’s at once when that one leaves and says so', async () => {
    const lease = inProcessLocks().lease('x')
    const [a, b] = [candidate('a', lease), candidate('b', lease)]
    await a.start()
    await b.start()
    expect([leaders, a.isSure(), b.isSure()]).toEqual([['a'], true, false])
    await a.stop()
    b.wake()
    await eventually(() => expect(leaders).toEqual(['b']))
    expect([a.isSure(), b.isSure()]).toEqual([false, true])
  })

  it('goes to the next one while what the one that leaves has begun goes on, and is not taken back', async () => {
    const lease = inProcessLocks().lease('x')
    const [a, b] = [candidate('a', lease), candidate('b', lease)]
    await a.start()
    await b.start()
    await a.vacate()
    expect([await lease.current(), leaders, a.isSure()]).toEqual([null, ['a'], false])
    b.wake()
    await eventually(() => expect(leaders).toEqual(['a', 'b']))
    await a.stop()
    expect([leaders, (await lease.current())?.holder]).toEqual([['b'], 'b'])
  })

  it('is given back when it was granted to one that was told to leave meanwhile', async () => {
    const lease = inProcessLocks().lease('x')
    const granted = Promise.withResolvers<void>()
    const acquire: Lease['acquire'] = async (...args) => {
      const token = await lease.acquire(...args)
      if (token !== null) await granted.promise
      return token
    }
    const held = await lease.acquire('other', 60_000)
    const a = candidate('a', { ...lease, acquire, release: (token) => lease.release(token) } as Lease)
    await a.start()
    await lease.release(held!)
    await eventually(async () => expect((await lease.current())?.holder).toBe('a'))
    const left = a.stop()
    granted.resolve()
    await left
    expect([await lease.current(), leaders]).toEqual([null, []])
  })

  it('is asked for at once by one that hears that it may be free while it asks', async () => {
    const lease = inProcessLocks().lease('x')
    const held = await lease.acquire('other', 60_000)
    const asking = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    let asks = 0
    const acquire: Lease['acquire'] = async (...args) => {
      const token = await lease.acquire(...args)
      if (++asks !== 2) return token
      asking.resolve()
      await asked.promise
      return token
    }
    const a = candidate('a', { ...lease, acquire, renew: lease.renew.bind(lease), release: lease.release.bind(lease) })
    await a.start()
    await asking.promise
    await lease.release(held!)
    a.wake()
    asked.resolve()
    await eventually(() => expect(leaders).toEqual(['a']))
    expect(asks).toBe(3)
  })

  it('is kept for as long as its holder renews it', async () => {
    const lease = inProcessLocks().lease('x')
    const a = candidate('a', lease)
    await a.start()
    const first = await lease.current()
    const until = performance.now() + 1.5 * FOR_MS
    await eventually(() => expect(performance.now()).toBeGreaterThan(until))
    expect(await lease.current()).toEqual(first)
    expect(leaders).toEqual(['a'])
  })

  it('is doubted by its holder before another can have it, while the server cannot be asked', async () => {
    const lease = inProcessLocks().lease('x')
    let isAway = false
    const fail = () => Promise.reject(new TypeError('away'))
    const a = candidate('a', {
      acquire: (...args) => (isAway ? fail() : lease.acquire(...args)),
      renew: (...args) => (isAway ? fail() : lease.renew(...args)),
      release: (token) => lease.release(token),
      current: () => lease.current(),
    })
    await a.start()
    isAway = true
    await eventually(() => expect(a.isSure()).toBe(false))
    await eventually(() => expect(leaders).toEqual([]))
    isAway = false
    await eventually(() => expect(leaders).toEqual(['a']))
  })

  it('ends when the lease was lost, and may come back', async () => {
    const lease = inProcessLocks().lease('x')
    const a = candidate('a', lease)
    await a.start()
    const grant = await lease.current()
    await lease.release(grant!.token)
    const usurper = await lease.acquire('b', 60_000)
    await eventually(() => expect([leaders, a.isSure()]).toEqual([[], false]))
    await lease.release(usurper!)
    await eventually(() => expect(leaders).toEqual(['a']))
  })

  it('is asked for again and again where nobody could be asked at first', async () => {
    const lease = inProcessLocks().lease('x')
    let asked = 0
    const acquire: Lease['acquire'] = (...args) =>
      ++asked < 3 ? Promise.reject(new TypeError('away')) : lease.acquire(...args)
    const a = candidate('a', { ...lease, acquire, renew: lease.renew.bind(lease), release: lease.release.bind(lease) })
    await a.start()
    expect(leaders).toEqual([])
    await eventually(() => expect(leaders).toEqual(['a']))
  })
})
