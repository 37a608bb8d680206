import { Column } from './column.ts'
import type { LineStore } from './lines.ts'
import { columns, TAB } from './width.ts'
import type { Stream } from './wire.ts'

export type Filter = 'both' | Stream

/**
 * Which rows are shown and where: positions count the shown rows, units count the lines on the screen.
 * Without wrapping a row is one unit; with it a row takes as many as its text needs.
 */
export class Layout {
  readonly #store: LineStore
  #filter: Filter = 'both'
  #wrap = 0
  #seen = 0
  readonly #rows = new Column((size) => new Uint32Array(size))
  readonly #ends = new Column((size) => new Float64Array(size))

  constructor(store: LineStore) {
    this.#store = store
  }

  /** Chooses the streams and the width in characters to wrap at; 0 for no wrapping. */
  configure(filter: Filter, wrap: number) {
    if (filter === this.#filter && wrap === this.#wrap) return
    this.#filter = filter
    this.#wrap = wrap
    this.#seen = 0
    this.#rows.truncate(0)
    this.#ends.truncate(0)
  }

  /** Takes in what the store has got since the last time. */
  sync() {
    if (this.#filter === 'both' && this.#wrap === 0) return
    this.#forgetLast()
    for (let row = this.#seen; row < this.#store.length; row++) {
      if (this.#filter !== 'both' && this.#store.stream(row) !== this.#filter) continue
      this.#rows.push(row)
      if (this.#wrap > 0) this.#ends.push(this.#ends.at(this.#ends.length - 1) + this.#height(row))
    }
    this.#seen = this.#store.length
  }

  /** How many rows are shown. */
  get length(): number {
    return this.#identity ? this.#store.length : this.#rows.length
  }

  /** How many lines on the screen they take. */
  get units(): number {
    return this.#wrap > 0 ? this.#ends.at(this.#ends.length - 1) : this.length
  }

  row(position: number): number {
    return this.#identity ? position : this.#rows.at(position)
  }

  /** Where a row of the store is shown; the next one that is when it is not. */
  positionOf(row: number): number {
    return this.#identity ? row : this.#rows.search(row)
  }

  unitOf(position: number): number {
    return this.#wrap > 0 ? this.#ends.at(position - 1) : position
  }

  /** The position that covers a unit. */
  positionAt(unit: number): number {
    const position = this.#wrap > 0 ? this.#ends.search(unit + 1) : Math.floor(unit)
    return Math.max(0, Math.min(position, this.length - 1))
  }

  get #identity(): boolean {
    return this.#filter === 'both' && this.#wrap === 0
  }

  #height(row: number): number {
    const text = this.#store.text(row)
    // No character takes more cells than a tab, so short rows need no counting.
    if (text.length * TAB <= this.#wrap) return 1
    return Math.max(1, Math.ceil(columns(text) / this.#wrap))
  }

  // The last row may have been open when it was seen, and be longer now.
  #forgetLast() {
    if (this.#seen === 0) return
    this.#seen--
    const shown = this.#rows.search(this.#seen)
    this.#rows.truncate(shown)
    this.#ends.truncate(shown)
  }
}
