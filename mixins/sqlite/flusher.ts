import { fdatasync } from 'node:fs'
import { promisify } from 'node:util'
import { StoreUnavailable } from '../store/unavailable.ts'

const sync = promisify(fdatasync)

/**
 * Forces a file to the disk beside the event loop; whoever asks while that is under way shares the next one, or this one
 * where nothing was written meanwhile.
 *
 * Promises: `flush` resolves when all that was written before it was asked for is on the disk. After a failure it fails
 * for good: the kernel may take pages that it has lost for written, so that a later success would be no proof
 * (https://wiki.postgresql.org/wiki/Fsync_Errors).
 */
export class Flusher {
  readonly #descriptor: number
  #hasNews = true
  #isBusy = false
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

  /** To be told of everything that is written. */
  written(): void {
    this.#hasNews = true
  }

  flush(): Promise<void> {
    if (!this.#hasNews) return this.flushed()
    // At once: whoever is waited for by all need not go to the end of the line.
    if (!this.#isBusy) return this.#force()
    this.#next ??= this.#underway.then(() => this.#force())
    return this.#next
  }

  /** Resolves when all that was asked for so far is on the disk. */
  flushed(): Promise<void> {
    return this.#next ?? this.#underway
  }

  #force(): Promise<void> {
    // What is written from here on may come too late for this one.
    this.#hasNews = false
    this.#isBusy = true
    this.#next = null
    this.#underway = this.#sync()
    return this.#underway
  }

  async #sync(): Promise<void> {
    try {
      await sync(this.#descriptor)
    } catch {
      this.#failure = new StoreUnavailable('unflushed')
      throw this.#failure
    } finally {
      this.#isBusy = false
    }
  }
}
