import { type Accepted, accept } from './acceptance.ts'
import type { Execution, Plan, Report } from './execution.ts'
import { lifecycle } from './lifecycle.ts'

const nothing = async () => {}

/** The life of a run without any effect, for tests of what is decided. */
export const plan: Plan = lifecycle({ announce: nothing, enqueue: nothing, withdraw: nothing })

export const NOW = Date.parse('2026-03-01T12:00:00.000Z')

const limits = {
  wallMs: 10_000,
  cpuMs: 5000,
  memoryBytes: 64 << 20,
  processes: 8,
  outputBytes: 1 << 20,
  diskBytes: 1 << 20,
}

const id = '01900000-0000-7000-8000-0123456789ab'

/** A run that has just been accepted, in tests. */
export const queued = (change: Partial<Accepted> = {}): Execution => {
  const origin = { user: 'ann', dedupe: id, fingerprint: '', retryOf: null }
  const choices = { labels: {}, interactive: false, retries: 0, priority: 'normal', artifacts: null } as const
  return accept(plan, { id, ...origin, ...choices, language: 'python', version: '3.11.2', limits, ...change }, NOW)
    .state
}

/** What a worker reports of an attempt, in tests. */
export const report = (change: Partial<Report> = {}): Report => ({
  id,
  attempt: 1,
  cause: 'exit',
  exitCode: 0,
  signal: null,
  usage: { wallMs: 12, cpuUserMs: 3, cpuSystemMs: 1, memoryPeakBytes: 9_000_000, processesPeak: 1 },
  outputBytes: { stdout: 3, stderr: 0 },
  truncated: { stdout: false, stderr: false },
  exceeded: null,
  message: 'Ended with exit code 0.',
  ...change,
})
