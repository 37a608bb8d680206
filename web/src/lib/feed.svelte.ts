import { typed } from './ansi.ts'
import { api } from './api.ts'
import { Live } from './live.svelte.ts'
import { Output, type OutputEvent } from './output.ts'
import { asProblem, type Problem } from './problem.ts'
import type { SseEvent } from './sse.ts'
import { type Execution, type Hop, isOver, type State } from './wire.ts'

const WAITING_MS = 1000

/**
 * One run on screen: its facts and all its output, live until the end and whole afterwards.
 * `version` rises, at most once a frame, when there is more to draw.
 */
export class Feed {
  execution: Execution | null = $state.raw(null)
  problem: Problem | null = $state.raw(null)
  output = $state.raw(new Output())
  version = $state(0)
  /** Whether the program can still be typed to. */
  stdinOpen = $state(false)
  #live: Live | null = $state.raw(null)
  #frame = false
  #hops = 0
  #attempt = 0
  #asked: ReturnType<typeof setTimeout> | undefined

  get link() {
    return this.#live?.link ?? 'idle'
  }

  get active(): boolean {
    return this.execution !== null && !isOver(this.execution.state)
  }

  /** Shows a run that has just been accepted. */
  follow(execution: Execution) {
    this.detach()
    this.problem = null
    this.#begin(0)
    this.#hops = 0
    this.#know(execution)
    this.stdinOpen = execution.interactive && !isOver(execution.state)
    this.#live = new Live(execution.id, (event) => this.#hear(event))
    void this.#live.open()
    this.#bump()
  }

  /** Shows a run by its id; `problem` says why when it cannot be. */
  async attach(id: string) {
    this.detach()
    this.problem = null
    try {
      this.follow(await api.get(id))
    } catch (error) {
      this.problem = asProblem(error)
    }
  }

  /** Shows no run any more. */
  detach() {
    this.#live?.close()
    this.#live = null
    clearTimeout(this.#asked)
    this.execution = null
    this.stdinOpen = false
  }

  hurry() {
    this.#live?.hurry()
  }

  /** Sends a line to the program and echoes it where a terminal would. */
  async type(line: string) {
    const { id } = this.execution ?? {}
    if (!id) return
    await api.stdin(id, { content: `${line}\n` })
    this.output.lines.echo(typed(line), Date.now())
    this.#bump()
  }

  async closeStdin() {
    const { id } = this.execution ?? {}
    if (!id) return
    this.stdinOpen = false
    await api.stdin(id, { close: true })
  }

  #hear({ event, data }: SseEvent) {
    const told = JSON.parse(data)
    if (event === 'output') this.output.take(told as OutputEvent, Date.now())
    else if (event === 'state') this.#pass(told as Hop & { state: State })
    else if (event === 'end') this.#know(told)
    this.#bump()
  }

  // The stream tells every hop from the first; those that the facts hold already are no news.
  #pass({ state, ...hop }: Hop & { state: State }) {
    this.#hops++
    if (hop.event === 'running' && hop.attempt !== this.#attempt) this.#begin(hop.attempt)
    if (!this.execution || this.#hops <= this.execution.timeline.length) return
    const startedAt = hop.event === 'running' ? hop.at : this.execution.startedAt
    const timeline = [...this.execution.timeline, hop]
    this.#know({ ...this.execution, state, startedAt, attempt: hop.attempt, timeline })
  }

  // Every attempt begins its output anew.
  #begin(attempt: number) {
    this.#attempt = attempt
    this.output = new Output()
  }

  #know(execution: Execution) {
    this.execution = execution
    if (isOver(execution.state)) this.stdinOpen = false
    clearTimeout(this.#asked)
    if (execution.state === 'queued') this.#asked = setTimeout(() => void this.#ask(execution.id), WAITING_MS)
  }

  // The stream tells states, but not how the line moves on.
  async #ask(id: string) {
    try {
      const fresh = await api.get(id)
      if (this.execution?.id === id && this.execution.state === 'queued') this.#know(fresh)
    } catch {
      // The stream heals itself and shows that the connection is lost; the place in line is only news.
      if (this.execution?.id === id) this.#asked = setTimeout(() => void this.#ask(id), WAITING_MS)
    }
  }

  #bump() {
    if (this.#frame) return
    this.#frame = true
    const draw = () => {
      this.#frame = false
      this.version++
    }
    if (document.visibilityState === 'hidden') setTimeout(draw, 200)
    else requestAnimationFrame(draw)
  }
}
