import type { RunFilter } from './route.ts'
import { type ExecutionItem, isOver } from './wire.ts'

const HOUR_MS = 3_600_000

/** The times that a list can be limited to, how long ago each begins. */
export const TIMES: Record<string, { name: string; ms: number }> = {
  '1h': { name: 'last hour', ms: HOUR_MS },
  '1d': { name: 'last 24 hours', ms: 24 * HOUR_MS },
  '7d': { name: 'last 7 days', ms: 7 * 24 * HOUR_MS },
}

/** What a filter asks of the API; what is not chosen is not asked. */
export const queryOf = ({ time, ...others }: RunFilter, now: number): Record<string, string> => {
  const query = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== ''))
  const window = TIMES[time]
  return window ? { ...query, since: new Date(now - window.ms).toISOString() } : query
}

/** Takes the newest page into a list on screen: what is there is updated in its place, what is new waits apart. */
export const refreshed = (
  items: ExecutionItem[],
  page: ExecutionItem[],
): { items: ExecutionItem[]; fresh: ExecutionItem[] } => {
  const known = new Map(page.map((item) => [item.id, item]))
  const shown = new Set(items.map((item) => item.id))
  const first = items[0]?.id ?? ''
  return {
    items: items.map((item) => known.get(item.id) ?? item),
    fresh: page.filter((item) => !shown.has(item.id) && item.id > first),
  }
}

/** Runs on screen that are still going and that the newest page says nothing about. */
export const unheard = (items: ExecutionItem[], page: ExecutionItem[], most: number): string[] => {
  const heard = new Set(page.map((item) => item.id))
  return items
    .filter((item) => !isOver(item.state) && !heard.has(item.id))
    .slice(0, most)
    .map((item) => item.id)
}

/** What can be done with some chosen runs: those that go on can be cancelled, those that ended deleted. */
export const doable = (items: ExecutionItem[], chosen: ReadonlySet<string>): { cancel: string[]; remove: string[] } => {
  const of = items.filter((item) => chosen.has(item.id))
  return {
    cancel: of.filter((item) => !isOver(item.state)).map((item) => item.id),
    remove: of.filter((item) => isOver(item.state)).map((item) => item.id),
  }
}
