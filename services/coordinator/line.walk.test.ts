import { type Random, seeded } from '../../test/random.ts'
import { FINAL_STATES, PRIORITIES } from '../executions/execution.schema.ts'
import { Line, type News, type Rules } from './line.ts'

const T0 = Date.parse('2026-03-01T12:00:00Z')
const RUNS = 10_000

type Life = { news: News[]; known: number }

/** The news of one run, some retried; a coordinator hears them late, twice or out of order. */
const lifeOf = (id: number, random: Random): Life => {
  const user = `user-${random.below(5)}`
  const createdAt = new Date(T0 + id).toISOString()
  const attempt = ['queued', 'scheduled', 'running'] as const
  const states = [...attempt, ...(random.chance(0.1) ? attempt : []), random.pick(FINAL_STATES)]
  const common = {
    executionId: `run-${String(id).padStart(6, '0')}`,
    user,
    createdAt,
    priority: random.pick(PRIORITIES),
  }
  return { news: states.map((state, index) => ({ ...common, state, rev: index + 1 })), known: 0 }
}

const counted = (line: Line, rules: Rules) => {
  expect(line.holding).toBeGreaterThanOrEqual(0)
  if (line.length === 0) return
  const order = line.order(rules, T0)
  const sample = order[Math.floor(order.length / 2)]
  if (sample) expect(line.explain(sample.id, rules, T0)?.ahead).toBe(sample.position - 1)
}

/** One step of the world: a run moves on and the line hears of it, perhaps with some old news beside it. */
const step = (line: Line, lives: Life[], random: Random) => {
  const at = random.below(lives.length)
  const life = lives[at]!
  line.apply(life.news[life.known++]!)
  if (random.chance(0.2)) line.apply(random.pick(life.news.slice(0, life.known)))
  if (life.known === life.news.length) lives.splice(at, 1)
}

describe('ten thousand runs', () => {
  it('leave no slot taken and nobody in the line, whatever order their news come in', async () => {
    await seeded(async (random) => {
      const line = new Line()
      const rules = { slots: 16, userSlots: 6, agingMs: 1000 }
      const lives: Life[] = []
      let made = 0
      while (lives.length > 0 || made < RUNS) {
        if (made < RUNS && lives.length < 60 && random.chance(0.6)) lives.push(lifeOf(made++, random))
        if (lives.length > 0) step(line, lives, random)
        if (random.chance(0.2)) line.next(rules, T0 + random.below(10_000))
        if (random.chance(0.005)) counted(line, rules)
      }
      expect([line.length, line.holding]).toEqual([0, 0])
      const fresh = lifeOf(made, random).news[0]!
      line.apply(fresh)
      expect(line.explain(fresh.executionId, rules, T0)?.held).toBe(0)
    })
  })

  it('go in the order that was told, one by one', async () => {
    await seeded(async (random) => {
      for (let round = 0; round < 50; round++) {
        const line = new Line()
        const rules = { slots: 1000, userSlots: Number.POSITIVE_INFINITY, agingMs: 1 + random.below(100) }
        for (let id = 0; id < 30; id++) line.apply(lifeOf(id, random).news[0]!)
        const now = T0 + random.below(200)
        while (line.length > 0) {
          const [first] = line.order(rules, now)
          expect(line.explain(first!.id, rules, now)?.ahead).toBe(0)
          expect(line.next(rules, now)).toBe(first!.id)
        }
      }
    })
  })
})
