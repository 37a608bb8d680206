type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array

/** A growing column of numbers in flat memory: a million entries cost what their bytes cost. */
export class Column<T extends Numbers = Numbers> {
  length = 0
  #cells: T
  readonly #make: (size: number) => T

  constructor(make: (size: number) => T) {
    this.#make = make
    this.#cells = make(1024)
  }

  /** The entry; zero where there is none. */
  at(index: number): number {
    return index >= 0 && index < this.length ? (this.#cells[index] as number) : 0
  }

  set(index: number, value: number) {
    this.#cells[index] = value
  }

  push(value: number) {
    if (this.length === this.#cells.length) {
      const grown = this.#make(this.length * 2)
      grown.set(this.#cells)
      this.#cells = grown
    }
    this.#cells[this.length++] = value
  }

  truncate(length: number) {
    this.length = Math.min(this.length, length)
  }

  /** The first index whose entry is at least `value`, in a column that never falls; its length if there is none. */
  search(value: number): number {
    let low = 0
    let high = this.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#cells[middle] as number) < value) low = middle + 1
      else high = middle
    }
    return low
  }
}
