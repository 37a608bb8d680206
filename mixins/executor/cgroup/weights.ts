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

const SHARES: readonly Share[] = ['full', 'less', 'rest']

/**
 * Knows the shares of the running groups, and gives their driver the largest of them: as long as all have computed for
 * a while, whatever else the machine does, launching a neighbour among it, goes before them.
 */
export class Weights {
  readonly #running = new Map<string, Share>()
  readonly #all: (share: Share) => void
  #largest: Share = 'full'

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
    const running = new Set(this.#running.values())
    const largest = SHARES.find((share) => running.has(share)) ?? 'full'
    if (largest === this.#largest) return
    this.#largest = largest
    this.#all(largest)
  }
}
