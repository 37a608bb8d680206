import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Share } from './cgroup.ts'

export type Weight = { file: string } & Record<Share, number>

/** Sets what the members of a group have of the CPU while others want it too. */
export const weigh = (group: string, share: Share, weight: Weight): void => {
  // A group that is gone competes with nobody.
  if (!existsSync(group)) return
  const idle = join(group, 'cpu.idle')
  const canBeIdle = existsSync(idle)
  // An idle group is put aside at once when another wakes up; one of little weight, on older kernels, with the next tick.
  if (canBeIdle) writeFileSync(idle, share === 'rest' ? '1' : '0')
  if (share !== 'rest' || !canBeIdle) writeFileSync(join(group, weight.file), `${weight[share]}`)
}

/**
 * Knows the shares of the running groups: as long as all have only the rest, so has their driver, and whatever else the
 * machine does, launching a neighbour among it, goes before them. The young go before others among themselves alone.
 */
export class Weights {
  readonly #running = new Map<string, Share>()
  readonly #all: (share: Share) => void
  #share: Share = 'full'

  constructor(all: (share: Share) => void) {
    this.#all = all
  }

  runs(name: string): void {
    this.#running.set(name, 'full')
    this.#decide()
  }

  has(name: string, share: Share): void {
    if (!this.#running.has(name)) return
    this.#running.set(name, share)
    this.#decide()
  }

  gone(name: string): void {
    this.#running.delete(name)
    this.#decide()
  }

  #decide(): void {
    const allRest = this.#running.size > 0 && [...this.#running.values()].every((share) => share === 'rest')
    const share = allRest ? 'rest' : 'full'
    if (share === this.#share) return
    this.#share = share
    this.#all(share)
  }
}
