import type { Result } from '../../mixins/contract/contract.ts'
import type { deadletters } from './deadletters.contract.ts'
import type { Letter } from './letter.ts'

type Cause = Result<typeof deadletters.causes>['items'][number]

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
