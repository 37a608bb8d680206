import { Column } from './column.ts'
import type { LineStore } from './lines.ts'

const SLICE = 2000

/** Looks through all output in small slices, so that a million rows never hold the page up; goes on as rows arrive. */
export class Search {
  readonly #store: LineStore
  readonly #needle: string
  readonly #hits = new Column((size) => new Uint32Array(size))
  #next = 0

  constructor(store: LineStore, query: string) {
    this.#store = store
    this.#needle = query.toLowerCase()
  }

  /** How many rows hold the text, as far as it has looked. */
  get count(): number {
    return this.#hits.length
  }

  /** Looks on for so many milliseconds; true once there is nothing left to look at. */
  advance(budgetMs: number): boolean {
    // An open row is looked at again, because it grows.
    if (this.#store.open && this.#next === this.#store.length) this.#back()
    const until = performance.now() + budgetMs
    while (this.#needle !== '' && this.#next < this.#store.length) {
      const end = Math.min(this.#store.length, this.#next + SLICE)
      for (; this.#next < end; this.#next++) {
        if (this.#store.text(this.#next).toLowerCase().includes(this.#needle)) this.#hits.push(this.#next)
      }
      if (performance.now() >= until) break
    }
    return this.#needle === '' || this.#next >= this.#store.length
  }

  row(hit: number): number {
    return this.#hits.at(hit)
  }

  /** The first hit at or below a row, and the first one again after the last. */
  from(row: number): number {
    const hit = this.#hits.search(row)
    return hit < this.count ? hit : 0
  }

  #back() {
    this.#next--
    this.#hits.truncate(this.#hits.search(this.#next))
  }
}

/** The parts of a text that match, each as its start and end. */
export const matches = (text: string, query: string): [number, number][] => {
  const found: [number, number][] = []
  const needle = query.toLowerCase()
  const low = text.toLowerCase()
  // A text whose length changes with its case cannot be marked in the right place.
  if (needle === '' || low.length !== text.length) return found
  for (let at = low.indexOf(needle); at >= 0 && found.length < 500; at = low.indexOf(needle, at + needle.length)) {
    found.push([at, at + needle.length])
  }
  return found
}
