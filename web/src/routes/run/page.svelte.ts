import { api } from '../../lib/api.ts'
import { Feed } from '../../lib/feed.svelte.ts'
import type { Execution, Limits, Submission } from '../../lib/wire.ts'

export type Gauge = { limit: keyof Limits; value: number; most: number; hit: boolean }

/** What a run used of each of its limits, as far as it was measured. */
export const gauges = ({ usage, limits, outputBytes, exceeded }: Execution): Gauge[] => {
  const used: Partial<Limits> = {
    ...(usage && {
      wallMs: usage.wallMs,
      cpuMs: usage.cpuUserMs + usage.cpuSystemMs,
      memoryBytes: usage.memoryPeakBytes,
      processes: usage.processesPeak,
    }),
    outputBytes: outputBytes.stdout + outputBytes.stderr,
  }
  return (Object.entries(used) as [keyof Limits, number][]).map(([limit, value]) => ({
    limit,
    value,
    most: limits[limit],
    hit: exceeded?.limit === limit,
  }))
}

/** One run: its facts, its output and its program. */
export class RunPage {
  readonly feed = new Feed()
  program: Submission | null = $state.raw(null)
  acting = $state('')

  async open(id: string) {
    const program = api.program(id).then(
      (found) => {
        this.program = found
      },
      () => {
        // The facts and the output stand without it; the page says that the program is not there.
      },
    )
    await this.feed.attach(id)
    await program
  }

  cancel = () => this.#act('cancel', (id) => api.cancel(id))

  /** Runs the program again; answers the id of the new run. */
  retry = () => this.#act('retry', async (id) => (await api.retry(id)).id)

  remove = () => this.#act('delete', (id) => api.remove(id))

  async #act<T>(name: string, act: (id: string) => Promise<T>): Promise<T | undefined> {
    const { execution } = this.feed
    if (!execution || this.acting) return undefined
    this.acting = name
    try {
      return await act(execution.id)
    } finally {
      this.acting = ''
    }
  }
}
