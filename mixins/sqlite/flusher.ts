import { fdatasync } from 'node:fs'
import { promisify } from 'node:util'
import { StoreUnavailable } from '../store/unavailable.ts'

const sync = promisify(fdatasync)

/**
 * Forces a file to the disk beside the event loop; whoever asks while that is under way shares the next one.
 *
 * Promises: `flush` resolves when all that was written before it was asked for is on the disk. After a failure it fails
 * for good: the kernel may take pages that it has lost for written, so that a later success would be no proof
 * (https://wiki.postgresql.org/wiki/Fsync_Errors).
 */
export class Flusher {
  readonly #descriptor: number
  #underway: Promise<void> = Promise.resolve()
  #next: Promise<void> | null = null
  #failure: StoreUnavailable | null = null

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** Why nothing can be promised any more; null while all is well. */
  get failure(): StoreUnavailable | null {
    return this.#failure
  }

  flush(): Promise<void> {
    this.#next ??= this.#after(this.#underway)
    return this.#next
  }

  /** Resolves when all that was asked for so far is on the disk. */
  flushed(): Promise<void> {
    return this.#next ?? this.#underway
  }

  async #after(former: Promise<void>): Promise<void> {
    await former
    // From here on what is written may come too late for this one.
    this.#underway = this.#next ?? former
    this.#next = null
    try {
      await sync(this.#descriptor)
    } catch {
      this.#failure = new StoreUnavailable('unflushed')
      throw this.#failure
    }
  }
}
