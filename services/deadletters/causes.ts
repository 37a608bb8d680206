import type { Result } from '../../mixins/contract/contract.ts'
import type { deadletters } from './deadletters.contract.ts'
import type { Letter } from './letter.ts'

type Cause = Result<typeof deadletters.causes>['items'][number]

type Open = Pick<Cause, 'topic' | 'cause' | 'count'>

const FRESH_MS = 10_000

/** Counts open letters by topic and cause for those who ask again and again: all of them at once, and not too often. */
export class Census {
  readonly #letters: () => Promise<Letter[]>
  #taken: { at: number; counts: Promise<Open[]> } | undefined

  constructor(letters: () => Promise<Letter[]>) {
    this.#letters = letters
  }

  take(now = Date.now()): Promise<Open[]> {
    if (this.#taken && now - this.#taken.at < FRESH_MS) return this.#taken.counts
    const counts = this.#letters().then(counted)
    this.#taken = { at: now, counts }
    // A failure is not remembered.
    counts.catch(() => {
      if (this.#taken?.counts === counts) this.#taken = undefined
    })
    return counts
  }
}

const counted = (letters: Letter[]): Open[] =>
  [...Map.groupBy(letters, ({ topic, cause }) => JSON.stringify([topic, cause])).values()].map((alike) => {
    const [{ topic, cause }] = alike as [Letter]
    return { topic, cause, count: alike.length }
  })

/** Letters, the oldest first, counted by topic, group and cause, the most frequent first; each with its newest error. */
export const byCause = (letters: Letter[]): Cause[] => {
  const causes = new Map<string, Cause>()
  for (const { topic, group, cause, error, failedAt } of letters) {
    const name = JSON.stringify([topic, group, cause])
    const { count, oldest } = causes.get(name) ?? { count: 0, oldest: failedAt }
    causes.set(name, { topic, group, cause, count: count + 1, error, oldest, newest: failedAt })
  }
  return [...causes.values()].sort((a, b) => b.count - a.count || (a.newest < b.newest ? 1 : -1))
}
