import { api } from './api.ts'
import { backoff, Patience } from './patience.ts'
import { Problem } from './problem.ts'
import { type SseEvent, SseParser } from './sse.ts'

/** Whether the stream flows: quiet unless it is lost. */
export type Link = 'idle' | 'connecting' | 'open' | 'lost'

type Hear = (event: SseEvent) => void

const SLICE_MS = 12

/**
 * The live stream of one run; the only one that streams. It comes back by itself with the cursor of the last event,
 * so that nothing is lost or repeated, and ends with the `end` event, when it is closed, or when the run does not exist.
 */
export class Live {
  link: Link = $state('idle')
  problem: Problem | null = $state(null)
  readonly #id: string
  readonly #hear: Hear
  #cursor: string | null = null
  #abort = new AbortController()
  #patience = new Patience()
  #ended = false

  constructor(id: string, hear: Hear) {
    this.#id = id
    this.#hear = hear
  }

  async open() {
    const { signal } = this.#abort
    this.link = 'connecting'
    for (let attempt = 0; !this.#ended && !signal.aborted; attempt++) {
      try {
        if (await this.#connect(signal)) attempt = 0
      } catch (error) {
        if (this.#final(error)) break
      }
      if (this.#ended || signal.aborted) break
      this.link = 'lost'
      await this.#patience.wait(backoff(attempt), signal)
    }
    this.link = 'idle'
  }

  close() {
    this.#abort.abort()
  }

  /** Tries again now, for instance because the network has come back. */
  hurry() {
    this.#patience.end()
  }

  #final(error: unknown): boolean {
    if (this.#abort.signal.aborted) return true
    const isRefusal = error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429
    if (isRefusal) this.problem = error
    return isRefusal
  }

  // Answers whether anything was heard, because a stream that worked deserves a quick return.
  async #connect(signal: AbortSignal): Promise<boolean> {
    const response = await api.stream(this.#id, this.#cursor, signal)
    // Nothing comes after what is known already: the run has ended.
    if (response.status === 204) this.#ended = true
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    if (!reader) return false
    const parser = new SseParser()
    let heard = false
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      this.link = 'open'
      heard = true
      await this.#take(parser.push(read.value))
      if (this.#ended) await reader.cancel()
    }
    return heard
  }

  async #take(events: SseEvent[]) {
    let since = performance.now()
    for (const event of events) {
      this.#hear(event)
      if (event.id !== undefined) this.#cursor = event.id
      if (event.event === 'end') this.#ended = true
      if (performance.now() - since < SLICE_MS) continue
      // A flood must not keep the page from drawing and from answering a click.
      await new Promise((resolve) => setTimeout(resolve))
      since = performance.now()
    }
  }
}
