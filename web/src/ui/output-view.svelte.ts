import type { Filter } from '../lib/layout.ts'
import type { LineStore } from '../lib/lines.ts'
import { Search } from '../lib/search.ts'
import { recall, remember } from '../lib/storage.ts'

const SLICE_MS = 8

/** How a person looks at an output: what is shown, where they are, what they look for. */
export class OutputView {
  filter: Filter = $state('both')
  wrap = $state(recall('wrap') !== false)
  times = $state(recall('times') === true)
  /** Whether the view stays at the end as the output grows. */
  follow = $state(true)
  finding = $state(false)
  query = $state('')
  count = $state(0)
  hit = $state(-1)
  /** The line that is pointed at, by a link or by the search. */
  line: number | null = $state(null)
  /** Asks the rows to bring a row of the store into view; a new object each time. */
  wanted: { row: number } | null = $state.raw(null)
  #search: Search | null = null
  #lines: LineStore | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  toggleWrap() {
    this.wrap = !this.wrap
    remember('wrap', this.wrap)
  }

  toggleTimes() {
    this.times = !this.times
    remember('times', this.times)
  }

  /** Looks at another output, or at the same one again because it has grown. */
  look(lines: LineStore) {
    if (this.#lines === lines) return this.#advance()
    this.#lines = lines
    this.follow = true
    this.#begin()
  }

  find(query: string) {
    this.query = query
    this.#begin()
    const line = Number(/^:(\d+)$/.exec(query)?.[1] ?? 0)
    if (line > 0) this.show(line)
  }

  /** Goes to the next match, or with -1 to the one before. */
  step(by: 1 | -1) {
    if (this.count === 0 || !this.#search) return
    this.hit = (this.hit + by + this.count) % this.count
    this.#want(this.#search.row(this.hit))
  }

  /** Brings a line into view and points at it. */
  show(line: number) {
    this.line = line
    const row = this.#lines?.rowOf(line) ?? -1
    if (row >= 0) this.#want(row)
  }

  close() {
    this.finding = false
    this.find('')
  }

  #want(row: number) {
    this.follow = false
    this.line = this.#lines?.number(row) ?? null
    this.wanted = { row }
  }

  #begin() {
    clearTimeout(this.#timer)
    this.hit = -1
    this.count = 0
    const isLineNumber = this.query.startsWith(':')
    this.#search = this.#lines && this.query && !isLineNumber ? new Search(this.#lines, this.query) : null
    this.#advance()
  }

  #advance() {
    clearTimeout(this.#timer)
    if (!this.#search) return
    const isDone = this.#search.advance(SLICE_MS)
    this.count = this.#search.count
    if (this.hit < 0 && this.count > 0) this.step(1)
    if (!isDone) this.#timer = setTimeout(() => this.#advance())
  }
}
