import { duration } from './format.ts'
import type { Hop } from './wire.ts'

const WORDS: Record<string, string> = {
  queued: 'accepted, waiting',
  scheduled: 'given a place',
  starting: 'starting',
  running: 'started',
  output: 'first output',
  cancelling: 'told to stop',
  succeeded: 'succeeded',
  failed: 'failed',
  timed_out: 'timed out',
  cancelled: 'cancelled',
}

export type Step = { at: string; what: string; where: string; took: string; attempt: number; isNewAttempt: boolean }

/** The timeline of a run, each hop with the time until the one after it. */
export const steps = (timeline: Hop[]): Step[] =>
  timeline.map((hop, index) => {
    const after = timeline[index + 1]
    const before = timeline[index - 1]
    return {
      at: hop.at,
      what: WORDS[hop.event] ?? hop.event.replaceAll('_', ' '),
      where: hop.node ?? '',
      took: after ? duration(Math.max(0, Date.parse(after.at) - Date.parse(hop.at))) : '',
      attempt: hop.attempt,
      isNewAttempt: before !== undefined && hop.attempt > before.attempt && before.attempt > 0,
    }
  })
