import type { Params } from '../../mixins/contract/contract.ts'
import type { Limits } from '../../mixins/executor/executor.ts'
import type { Cause, LimitName } from '../executions/execution.schema.ts'
import type { executions } from '../executions/executions.contract.ts'
import { noteOf } from './artifacts.ts'
import type { results } from './results.contract.ts'

type Recorded = Params<typeof results.record>
type Report = Params<typeof executions.finish>
type Exceeded = Report['exceeded']

const LIMIT_OF: Partial<Record<Cause, LimitName>> = {
  oom: 'memoryBytes',
  wall_timeout: 'wallMs',
  cpu_timeout: 'cpuMs',
  output_limit: 'outputBytes',
  disk_limit: 'diskBytes',
  process_limit: 'processes',
}

const NOUN: Record<LimitName, string> = {
  memoryBytes: 'of memory',
  wallMs: 'of time',
  cpuMs: 'of CPU time',
  outputBytes: 'of output',
  diskBytes: 'of disk',
  processes: 'processes',
}

/** What a worker saw, as it is stored and told: cause, limit and observed value, and one sentence for people. */
export const normalise = ({ id, attempt, limits, outcome, outputBytes }: Recorded): Report => {
  const { ending, exitCode, signal, usage, truncated, artifacts } = outcome
  const exceeded = exceededBy(ending, limits)
  const message = exceeded ? stopped(exceeded) : sentence(ending)
  return {
    id,
    attempt,
    cause: ending.cause,
    exitCode: ending.exitCode ?? exitCode,
    signal: ending.signal ?? signal,
    usage: rounded(usage),
    outputBytes,
    truncated,
    exceeded,
    message,
    artifacts: artifacts?.files ?? null,
    artifactsNote: artifacts ? noteOf(artifacts) : null,
  }
}

const exceededBy = (ending: Recorded['outcome']['ending'], limits: Limits): Exceeded => {
  const limit = ending.cause ? LIMIT_OF[ending.cause] : undefined
  if (!limit) return null
  const value = limits[limit]
  return { limit, value, observed: Math.round(ending.observed ?? value), setting: `limits.${limit}` }
}

const stopped = ({ limit, value, observed, setting }: NonNullable<Exceeded>): string => {
  const [least, most] = [amount(limit, value), amount(limit, observed)]
  const beyond = observed > value && most !== least ? ` (it came to ${most})` : ''
  return `Stopped at ${least} ${NOUN[limit]}${beyond}. The limit is ${setting}.`
}

const sentence = ({ cause, exitCode, signal, message }: Recorded['outcome']['ending']): string => {
  if (cause === 'exit') return exitCode === 0 ? 'Ended with exit code 0.' : `Ended with exit code ${exitCode}.`
  if (cause === 'signal') return `Ended by signal ${signal}.`
  if (cause === 'compile') return 'It did not compile; the compiler says why on stderr.'
  if (cause === 'cancelled') return 'Cancelled.'
  return `Greenroom failed, not the program: ${message ?? 'the reason is not known'}`
}

const amount = (limit: LimitName, value: number): string => {
  if (limit === 'processes') return String(value)
  if (limit.endsWith('Ms')) return value < 1000 ? `${Math.round(value)} ms` : `${trim(value / 1000)} s`
  const units = ['bytes', 'KB', 'MB', 'GB']
  const power = Math.min(3, Math.floor(Math.log2(Math.max(1, value)) / 10))
  return `${trim(value / 1024 ** power)} ${units[power]}`
}

const trim = (value: number) => String(Math.round(value * 10) / 10)

const rounded = (usage: Recorded['outcome']['usage']): NonNullable<Report['usage']> => ({
  wallMs: Math.round(usage.wallMs * 10) / 10,
  cpuUserMs: Math.round(usage.cpuUserMs * 10) / 10,
  cpuSystemMs: Math.round(usage.cpuSystemMs * 10) / 10,
  memoryPeakBytes: Math.round(usage.memoryPeakBytes),
  processesPeak: Math.round(usage.processesPeak),
})
