import { Bells } from './bells.ts'

const LONG = 60_000

const counting = (doneAt: number) => {
  const looks = { count: 0 }
  const look = async () => {
    looks.count++
    return { value: looks.count, done: looks.count >= doneAt }
  }
  return { looks, look }
}

describe('whoever waits for news of a run', () => {
  it('looks at once, and has its answer when there is news already', async () => {
    expect(await new Bells().until('r', LONG, LONG, counting(1).look)).toBe(1)
    expect(await new Bells().until('r', 0, LONG, counting(9).look)).toBe(1)
  })

  it('looks again upon every ring for its run, and for no other', async () => {
    const bells = new Bells()
    const { looks, look } = counting(3)
    const answer = bells.until('r', LONG, LONG, look)
    for (const id of ['other', 'r', 'other', 'r']) {
      await new Promise(setImmediate)
      bells.ring(id)
    }
    expect(await answer).toBe(3)
    expect(looks.count).toBe(3)
  })

  it('misses no ring that comes while it looks', async () => {
    const bells = new Bells()
    let news = false
    const look = async () => {
      const value = news
      if (!news) {
        news = true
        bells.ring('r')
      }
      return { value, done: value }
    }
    expect(await bells.until('r', LONG, LONG, look)).toBe(true)
  })

  it('looks again by itself, since a ring may be lost', async () => {
    expect(await new Bells().until('r', LONG, 1, counting(4).look)).toBe(4)
  })

  it('gives up in time with the last thing it saw', async () => {
    expect(await new Bells().until('r', 20, LONG, counting(Number.POSITIVE_INFINITY).look)).toBe(2)
  })

  it('is sent home when the bells stop, however many wait', async () => {
    const bells = new Bells()
    const waits = ['a', 'a', 'b'].map((id) => bells.until(id, LONG, LONG, counting(9).look))
    await new Promise(setImmediate)
    bells.ringAll()
    expect(await Promise.all(waits)).toEqual([2, 2, 2])
    expect(await bells.until('c', LONG, LONG, counting(9).look)).toBe(1)
  })

  it('hears of a look that fails', async () => {
    const look = async () => {
      throw new RangeError('gone')
    }
    await expect(new Bells().until('r', LONG, LONG, look)).rejects.toThrow('gone')
  })
})
