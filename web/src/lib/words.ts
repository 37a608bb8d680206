import { bytes, duration, ordinal } from './format.ts'
import { type Execution, type ExecutionItem, isOver, type Limits, type State } from './wire.ts'

export type Tone = 'wait' | 'busy' | 'ok' | 'bad' | 'late' | 'off'

/** What every state is called and looks like; a colour, an icon and a word. */
export const STATES: Record<State, { word: string; tone: Tone }> = {
  queued: { word: 'waiting', tone: 'wait' },
  scheduled: { word: 'starting', tone: 'wait' },
  running: { word: 'running', tone: 'busy' },
  succeeded: { word: 'succeeded', tone: 'ok' },
  failed: { word: 'failed', tone: 'bad' },
  timed_out: { word: 'timed out', tone: 'late' },
  cancelled: { word: 'cancelled', tone: 'off' },
}

type LimitWords = { title: string; of: string; say: (value: number) => string }

/** What every limit is called and how its values are told. */
export const LIMITS: Record<keyof Limits, LimitWords> = {
  wallMs: { title: 'Wall time', of: 'wall time', say: duration },
  cpuMs: { title: 'CPU time', of: 'CPU time', say: duration },
  memoryBytes: { title: 'Memory', of: 'memory', say: bytes },
  processes: { title: 'Processes', of: 'processes', say: (value) => value.toLocaleString('en') },
  outputBytes: { title: 'Output', of: 'output', say: bytes },
  diskBytes: { title: 'Disk', of: 'disk', say: bytes },
}

export const isLimit = (name: string): name is keyof Limits => name in LIMITS

/** The name of a limit in what the API calls a limit or a setting: `limits.memoryBytes` or `memoryBytes`. */
export const limitIn = (setting: string): keyof Limits | null => {
  const name = setting.replace(/^limits\./, '')
  return isLimit(name) ? name : null
}

const wallTime = (item: ExecutionItem): number | null => {
  if (item.usage) return item.usage.wallMs
  if (!item.startedAt || !item.finishedAt) return null
  return Math.max(0, Date.parse(item.finishedAt) - Date.parse(item.startedAt))
}

const ending = (item: ExecutionItem): string => {
  switch (item.cause) {
    case 'exit':
      return `exit ${item.exitCode ?? 0}`
    case 'signal':
      return `killed by ${item.signal ?? 'a signal'}`
    case 'compile':
      return 'did not compile'
    case 'infrastructure':
      return `${item.startedAt ? 'broken off' : 'not run'}: a fault of Greenroom`
    case 'oom':
      return 'out of memory'
    case 'wall_timeout':
      return 'out of time'
    case 'cpu_timeout':
      return 'out of CPU time'
    case 'output_limit':
      return 'too much output'
    case 'disk_limit':
      return 'disk full'
    case 'process_limit':
      return 'too many processes'
    default:
      return STATES[item.state].word
  }
}

const waiting = (execution: Partial<Execution>): string => {
  const { position, reason } = execution.waiting ?? {}
  const place = position ? `waiting, ${ordinal(position)} in line` : 'waiting'
  return reason ? `${place}: ${reason.charAt(0).toLowerCase()}${reason.slice(1).replace(/\.$/, '')}` : place
}

/** Whether a run has been told to stop and has not yet stopped. */
export const isCancelling = (item: ExecutionItem): boolean =>
  !isOver(item.state) && item.timeline.some((hop) => hop.event === 'cancelling')

/** The state of a run in words, for the status line: "running 1.2 s", "exit 0, 34 ms, 11 MB". */
export const status = (item: ExecutionItem, now: number): string => {
  if (isCancelling(item)) return 'cancelling'
  if (item.state === 'queued') return waiting(item)
  if (item.state === 'scheduled') return 'starting'
  if (item.state === 'running') {
    const since = item.startedAt ? Math.max(0, now - Date.parse(item.startedAt)) : 0
    return `running ${duration(Math.max(since, 1))}`
  }
  const wall = wallTime(item)
  const parts = [ending(item)]
  if (wall !== null) parts.push(duration(wall))
  if (item.usage?.memoryPeakBytes) parts.push(bytes(item.usage.memoryPeakBytes))
  return parts.join(', ')
}

export type Explanation = { text: string; limit: keyof Limits | null }

/** Why a run ended as it did, in one sentence; null when its exit code says everything. */
export const explain = (execution: Execution): Explanation | null => {
  const { exceeded, cause, message } = execution
  const limit = exceeded ? limitIn(exceeded.setting ?? exceeded.limit) : null
  if (exceeded && limit) {
    const { say, of } = LIMITS[limit]
    const observed = exceeded.observed ? ` (peak ${say(exceeded.observed)})` : ''
    return { text: `Stopped at ${say(exceeded.value)} of ${of}${observed}.`, limit }
  }
  if (cause === 'infrastructure') {
    const why = message || 'Greenroom could not finish this run.'
    return { text: `${why} This was not the program's fault; running it again may help.`, limit: null }
  }
  if (cause === 'exit') return null
  return message ? { text: message, limit: null } : null
}
