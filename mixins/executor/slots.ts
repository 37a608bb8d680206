/** A fixed number of places; who finds none waits in order of arrival. */
export interface Slots {
  take(): Promise<number>
  release(slot: number): void
  readonly taken: number
}

export const slotsOf = (size: number): Slots => {
  const free = Array.from({ length: size }, (_, index) => size - 1 - index)
  const waiting: ((slot: number) => void)[] = []
  return {
    get taken() {
      return size - free.length
    },
    take: () => {
      const slot = free.pop()
      return slot === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(slot)
    },
    release: (slot) => {
      const next = waiting.shift()
      if (next) next(slot)
      else free.push(slot)
    },
  }
}
