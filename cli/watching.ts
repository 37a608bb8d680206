import { isatty } from 'node:tty'
import { type Api, patiently, Refusal } from './api.ts'
import { follow } from './follow.ts'
import { complain, remark, write } from './screen.ts'
import type { Execution, Stream } from './wire.ts'
import { inBytes, inWords, shortId } from './words.ts'

// A run that starts sooner needs no explanation.
const EXPLAIN_AFTER_MS = 2000
const PATIENCE_MS = 10_000

export type Manner = {
  /** Which output is shown. */
  streams: readonly Stream[]
  quiet: boolean
}

/** Shows a run from its beginning to its end: its output byte for byte, and on a terminal why it waits. */
export const watch = async (api: Api, id: string, { streams, quiet }: Manner): Promise<Execution> => {
  const explaining = setTimeout(() => void explain(api, id), EXPLAIN_AFTER_MS)
  if (quiet || !isatty(2)) clearTimeout(explaining)
  try {
    for await (const event of follow(api, id)) {
      if (event.event === 'end') return event.execution
      if (event.event === 'output') {
        if (streams.includes(event.stream)) await write(event.stream, event.bytes)
      } else if (event.name === 'running') {
        clearTimeout(explaining)
        if (event.attempt > 1 && !quiet) complain(`Attempt ${event.attempt - 1} was lost; the output begins anew.`)
      }
    }
  } finally {
    clearTimeout(explaining)
  }
  throw new TypeError('following a run ended without its end')
}

/** Asks for the end of a run; one that has ended already is fine. */
export const cancel = async (api: Api, id: string): Promise<void> => {
  try {
    await patiently(() => api.post(`/executions/${id}/cancel`), PATIENCE_MS)
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 409) complain((error as Error).message)
  }
}

/** What Greenroom says when a run is over: always when something but the program ended it, else to a terminal only. */
export const sumUp = ({ id, cause, exitCode, message, usage }: Execution, quiet: boolean): void => {
  const run = `(run ${shortId(id)})`
  const facts = usage ? `, ${inWords(usage.wallMs)}, ${inBytes(usage.memoryPeakBytes)}` : ''
  if (cause === 'exit' && !quiet) remark(`exit ${exitCode}${facts} ${run}`)
  if (cause === 'infrastructure' || (cause !== 'exit' && !quiet)) complain(`${message} ${run}`)
}

const explain = async (api: Api, id: string): Promise<void> => {
  // Only a comfort: when nobody answers, the stream itself will tell.
  const execution = await api.get<Execution>(`/executions/${id}`).catch(() => null)
  if (execution?.waiting) remark(`waiting: ${execution.waiting.reason}`)
}
