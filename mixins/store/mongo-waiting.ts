import type { MongoParcel, StoredLetter, Waiting } from './mongo-record.ts'
import type { Delivered } from './outbox.ts'

/** What a write has added to a document that was there. */
export type Addition = { rev: number; write: string; letters: readonly StoredLetter[] }

const MOST = 2000

/**
 * What waits in documents that nobody but this process has written: then it need not ask for it. Others may have
 * published some of it, which costs no more than a repetition.
 */
export class KnownWaiting {
  readonly #known = new Map<string, Waiting>()

  note(origin: string, { frozen, ...stored }: Waiting): void {
    this.#known.delete(origin)
    // A part that lies in the document goes with it.
    this.#known.set(origin, { ...stored, frozen: frozen && 'key' in frozen ? frozen : null })
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest)
  }

  writeOf(origin: string, rev: number): string | undefined {
    const known = this.#known.get(origin)
    return known?.rev === rev ? known.write : undefined
  }

  /** What waits now that this was added; null, for good, where somebody else has written in between. */
  extended(origin: string, addition: Addition | undefined): Waiting | null {
    const before = this.#known.get(origin)
    this.#known.delete(origin)
    if (!before || before.rev + 1 !== addition?.rev) return null
    const { rev, write, letters } = addition
    const now = { ...before, rev, write, outbox: [...before.outbox, ...letters] }
    this.note(origin, now)
    return now
  }

  /** What was published need not be told again. */
  settle({ parcel: { origin }, published }: Delivered<MongoParcel>): void {
    const known = this.#known.get(origin)
    if (!known) return
    const ids = new Set(published.map(({ message }) => message.id))
    this.#known.set(origin, { ...known, outbox: known.outbox.filter(({ id }) => !ids.has(id)) })
  }
}
