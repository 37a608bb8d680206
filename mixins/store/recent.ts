import type { Document } from './documents.ts'

/**
 * The states of documents that this process has written last, as many as are worth keeping: a guess of what a document
 * holds now, to be checked by its revision.
 */
export class Recent<S extends Document> {
  readonly #most: number
  // As text: nobody changes what is kept, and what is read is what a store would hand out.
  readonly #states = new Map<string, string>()

  constructor(most: number) {
    this.#most = most
  }

  note(state: S): void {
    if (this.#most === 0) return
    this.#states.delete(state.id)
    this.#states.set(state.id, JSON.stringify(state))
    if (this.#states.size <= this.#most) return
    const [oldest] = this.#states.keys()
    if (oldest !== undefined) this.#states.delete(oldest)
  }

  get(id: string): S | null {
    const text = this.#states.get(id)
    return text === undefined ? null : (JSON.parse(text) as S)
  }

  forget(id: string): void {
    this.#states.delete(id)
  }
}
