const FIRST_MS = 250
const LONGEST_MS = 8000

/** How long to wait before the next attempt: longer each time, up to a cap, never all clients at once. */
export const backoff = (attempt: number, random = Math.random()): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt) * (0.75 + random / 2)

/** A wait that somebody may end early. */
export class Patience {
  #end: (() => void) | null = null

  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        this.#end = null
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal.addEventListener('abort', end)
      this.#end = end
    })
  }

  end() {
    this.#end?.()
  }
}
