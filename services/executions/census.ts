import type { Params, Result } from '../../mixins/contract/contract.ts'
import type { Store } from '../../mixins/store/store.mixin.ts'
import type { Execution } from './execution.ts'
import type { executions } from './executions.contract.ts'

type Asked = Params<typeof executions.census>
type Page = Result<typeof executions.census>

const PAGE = 1000

/** A page of the runs in one state: what a coordinator must know of each, and where the next page begins. */
export const census = async (store: Store<Execution>, { state, after = '' }: Asked): Promise<Page> => {
  const find = { where: { state, id: { gt: after } }, sort: { by: 'id', order: 'asc' }, limit: PAGE } as const
  const found = await store.search(find)
  const items = found.map(({ id, rev, user, priority, createdAt, ...run }) => ({
    ...{ id, rev, user, priority, createdAt },
    state: run.state,
  }))
  return { items, next: items.length === PAGE ? (items.at(-1)?.id ?? null) : null }
}
