/** Wakes whoever waits for news of a name, in this process. */
export class Bell {
  readonly #listeners = new Map<string, Set<() => void>>()

  /** Calls `listener` at every ring of this name, until the returned function is called. */
  listen(name: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(name) === listeners) this.#listeners.delete(name)
    }
  }

  ring(name: string): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener()
  }
}
