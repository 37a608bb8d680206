import { api } from '../../lib/api.ts'
import { asProblem, type Problem } from '../../lib/problem.ts'
import type { RunFilter } from '../../lib/route.ts'
import { queryOf, refreshed, unheard } from '../../lib/run-list.ts'
import { type ExecutionItem, isOver } from '../../lib/wire.ts'

const PAGE = '50'
const BUSY_MS = 1500
const CALM_MS = 5000
const ASKED_AT_ONCE = 10

/** The runs of a filter, page by page; what is on screen stays where it is while it is updated. */
export class RunsPage {
  items: ExecutionItem[] = $state.raw([])
  fresh: ExecutionItem[] = $state.raw([])
  next: string | null = $state(null)
  loaded = $state(false)
  loading = $state(false)
  problem: Problem | null = $state.raw(null)
  /** Whether the list could not be brought up to date lately. */
  stale = $state(false)
  chosen: ReadonlySet<string> = $state.raw(new Set<string>())
  #filter: Record<string, string> = {}
  #turn = 0

  get busy(): boolean {
    return this.items.some((item) => !isOver(item.state))
  }

  get pauseMs(): number {
    return this.busy ? BUSY_MS : CALM_MS
  }

  async open(filter: RunFilter) {
    this.#filter = queryOf(filter, Date.now())
    this.chosen = new Set()
    this.loaded = false
    await this.#load(null)
  }

  more() {
    return this.loading || !this.next ? undefined : this.#load(this.next)
  }

  /** Brings what is on screen up to date; new runs wait in `fresh`. */
  async refresh() {
    if (!this.loaded || this.loading) return
    const turn = this.#turn
    try {
      const page = await api.list({ ...this.#filter, limit: PAGE })
      const asked = unheard(this.items, page.items, ASKED_AT_ONCE)
      const told = await Promise.allSettled(asked.map((id) => api.get(id)))
      if (turn !== this.#turn) return
      const known = [...page.items, ...told.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))]
      const { items, fresh } = refreshed(this.items, known)
      if (this.items.length === 0) this.items = page.items
      else [this.items, this.fresh] = [items, fresh]
      this.stale = false
    } catch {
      // The list says that it is not up to date, and the next turn tries again.
      this.stale = true
    }
  }

  /** Puts the runs that waited on top; goes back to the first page when there are more than one page of them. */
  async showFresh() {
    if (this.fresh.length >= Number(PAGE)) return this.#load(null)
    this.items = [...this.fresh, ...this.items]
    this.fresh = []
  }

  choose(id: string, isChosen: boolean) {
    const chosen = new Set(this.chosen)
    if (isChosen) chosen.add(id)
    else chosen.delete(id)
    this.chosen = chosen
  }

  chooseAll(isChosen: boolean) {
    this.chosen = new Set(isChosen ? this.items.map((item) => item.id) : [])
  }

  async cancel(ids: string[]): Promise<number> {
    const done = await this.#each(ids, (id) => api.cancel(id))
    await this.refresh()
    return done.length
  }

  async remove(ids: string[]): Promise<number> {
    const done = new Set(await this.#each(ids, (id) => api.remove(id)))
    this.items = this.items.filter((item) => !done.has(item.id))
    return done.size
  }

  // Those that worked are no longer chosen; those that did not stay so, to be tried again.
  async #each(ids: string[], act: (id: string) => Promise<unknown>): Promise<string[]> {
    const results = await Promise.allSettled(ids.map(act))
    const done = ids.filter((_, index) => results[index]?.status === 'fulfilled')
    this.chosen = new Set([...this.chosen].filter((id) => !done.includes(id)))
    const failed = results.find((result) => result.status === 'rejected')
    if (done.length === 0 && failed) throw asProblem(failed.reason)
    return done
  }

  async #load(cursor: string | null) {
    const turn = ++this.#turn
    this.loading = true
    try {
      const page = await api.list({ ...this.#filter, limit: PAGE, ...(cursor ? { cursor } : {}) })
      if (turn !== this.#turn) return
      this.items = cursor ? [...this.items, ...page.items] : page.items
      if (!cursor) this.fresh = []
      this.next = page.next
      this.problem = null
      this.loaded = true
    } catch (error) {
      if (turn === this.#turn) this.problem = asProblem(error)
    } finally {
      if (turn === this.#turn) this.loading = false
    }
  }
}
