import { untrack } from 'svelte'

/** Something a person can do here, by its name, from the palette or by a key. */
export type Command = { id: string; name: string; keys?: string; run: () => void }

class Commands {
  #sets: (() => Command[])[] = $state.raw([])

  get all(): Command[] {
    return this.#sets.flatMap((commands) => commands())
  }

  /** Offers commands until the answer is called; made for an effect. */
  offer(commands: () => Command[]): () => void {
    this.#sets = [...untrack(() => this.#sets), commands]
    return () => {
      this.#sets = untrack(() => this.#sets).filter((other) => other !== commands)
    }
  }
}

/** Everything that can be done on the page that is open. */
export const commands = new Commands()
