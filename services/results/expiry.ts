import type { ServiceBroker } from 'moleculer'
import { call, type Params, type Result } from '../../mixins/contract/contract.ts'
import { FINAL_STATES } from '../executions/execution.schema.ts'
import { executions } from '../executions/executions.contract.ts'

const DAY_MS = 86_400_000
const BATCH = 100

/** Deletes runs that ended longer ago than the retention, a batch at a time, the newest first. */
export const expire = async (
  broker: ServiceBroker,
  retentionDays: number,
  now: number,
  limit = BATCH,
): Promise<void> => {
  if (retentionDays === 0) return
  const until = new Date(now - retentionDays * DAY_MS).toISOString()
  for (let cursor: string | null = ''; cursor !== null; ) {
    const old: Params<typeof executions.list> = {
      state: FINAL_STATES.join(','),
      until,
      limit,
      ...(cursor && { cursor }),
    }
    const { items, next }: Page = await call(broker, executions.list, old)
    // Accepted long ago, a run may have ended only now.
    const over = items.filter(({ finishedAt }) => finishedAt !== null && finishedAt < until)
    for (const { id } of over) await call(broker, executions.remove, { id }).catch(unlessGone)
    cursor = next
  }
}

type Page = Result<typeof executions.list>

// Another process that sweeps may have been faster.
const unlessGone = (error: { type?: string }) => {
  if (error.type !== 'EXECUTION_NOT_FOUND') throw error
}
