import { setTimeout as pause } from 'node:timers/promises'

/** What is over within so long is told to the group at once. A crash repeats it, and each time costs a request. */
const GATHER_MS = 250
const AGAIN_MS = 500
const LAST_TRIES = 5

/** Tells a group how far its partitions are. */
export type Commit = (positions: { partition: number; offset: string }[]) => Promise<void>

/** The positions of the partitions of one member: moved only over what is over, told to the group soon after. */
export class KafkaPositions {
  readonly #moved = new Map<number, number>()
  #commit: Commit | undefined
  #timer: NodeJS.Timeout | undefined
  #telling: Promise<boolean> = Promise.resolve(true)

  /** From now on positions are told this way; without one they wait. */
  tellBy(commit: Commit | undefined): void {
    this.#commit = commit
  }

  move(partition: number, next: number): void {
    this.#moved.set(partition, next)
    this.#schedule(GATHER_MS)
  }

  /** A partition that is somebody else's now: its position is no longer ours to tell. */
  drop(partition: number): void {
    this.#moved.delete(partition)
  }

  /** Tells what is left, within reason: what cannot be told is only delivered again. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    for (let tries = 0; tries < LAST_TRIES && this.#commit && !(await this.#tell()); tries++) await pause(AGAIN_MS / 5)
    clearTimeout(this.#timer)
  }

  #schedule(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.#tell().then((isTold) => isTold || this.#schedule(AGAIN_MS))
    }, ms)
  }

  #tell(): Promise<boolean> {
    this.#telling = this.#telling.then(() => this.#tellNow())
    return this.#telling
  }

  async #tellNow(): Promise<boolean> {
    const positions = [...this.#moved]
    if (positions.length === 0) return true
    if (!this.#commit) return false
    try {
      await this.#commit(positions.map(([partition, next]) => ({ partition, offset: String(next) })))
    } catch {
      // The group is changing, or its coordinator is away: the same, or more, is told a moment later.
      return false
    }
    for (const [partition, next] of positions) if (this.#moved.get(partition) === next) this.#moved.delete(partition)
    return true
  }
}
