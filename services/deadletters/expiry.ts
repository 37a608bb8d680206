import type { Store } from '../../mixins/store/store.mixin.ts'
import type { Letter } from './letter.ts'

const DAY_MS = 86_400_000
const BATCH = 100

/** Deletes letters about which somebody decided longer ago than the retention; open ones have no such time. */
export const expire = async (
  store: Store<Letter>,
  retentionDays: number,
  now: number,
  limit = BATCH,
): Promise<void> => {
  if (retentionDays === 0) return
  const until = new Date(now - retentionDays * DAY_MS).toISOString()
  const old = { where: { settledAt: { lt: until } }, sort: { by: 'settledAt', order: 'asc' }, limit } as const
  for (let found = limit; found === limit; ) {
    const letters = await store.search(old)
    for (const { id } of letters) await store.remove(id, () => []).catch(unlessGone)
    found = letters.length
  }
}

// Another process that sweeps may have been faster.
const unlessGone = (error: { type?: string }) => {
  if (error.type !== 'DEAD_LETTER_NOT_FOUND') throw error
}
