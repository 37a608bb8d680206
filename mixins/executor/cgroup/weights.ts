import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Lets a group's members have only the CPU time that nobody else wants, or their usual share again. */
export const weigh = (group: string, yields: boolean, weight: { file: string; usual: number; least: number }): void => {
  // A group that is gone competes with nobody.
  if (!existsSync(group)) return
  const idle = join(group, 'cpu.idle')
  // An idle group is put aside at once when another wakes up; one of little weight, on older kernels, with the next tick.
  if (existsSync(idle)) writeFileSync(idle, yields ? '1' : '0')
  else writeFileSync(join(group, weight.file), `${yields ? weight.least : weight.usual}`)
}

/**
 * Knows which running groups yield, and with them their driver: as long as all do, whatever else the machine does,
 * launching a neighbour among it, goes before them.
 */
export class Weights {
  readonly #running = new Map<string, boolean>()
  readonly #all: (yields: boolean) => void
  #allYield = false

  constructor(all: (yields: boolean) => void) {
    this.#all = all
  }

  runs(name: string): void {
    this.#running.set(name, false)
    this.#decide()
  }

  yields(name: string, yields: boolean): void {
    if (!this.#running.has(name)) return
    this.#running.set(name, yields)
    this.#decide()
  }

  gone(name: string): void {
    this.#running.delete(name)
    this.#decide()
  }

  #decide(): void {
    const allYield = this.#running.size > 0 && [...this.#running.values()].every(Boolean)
    if (allYield === this.#allYield) return
    this.#allYield = allYield
    this.#all(allYield)
  }
}
