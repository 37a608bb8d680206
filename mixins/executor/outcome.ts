import { constants } from 'node:os'
import type { Reading } from './cgroup/cgroup.ts'
import type { Ending, Limits, Usage } from './executor.ts'

/** Why Greenroom itself stopped a program. */
export type Stop = 'cancelled' | 'output_limit' | 'wall_timeout' | 'cpu_timeout'

/** Everything that was seen of one run. */
export type Observed = {
  limits: Limits
  stop: Stop | null
  /** What went wrong on our side. */
  fault: string | null
  compiling: boolean
  /** The main process's wait status, null if it was never told. */
  status: number | null
  wallMs: number
  /** Room on the program's file system when it ended, and whether its files did not even fit at the start. */
  disk: { free: number; size: number; overflowed: boolean }
  reading: Reading
  outputBytes: number
}

export const exitCodeOf = (status: number | null): number | null =>
  status === null || (status & 127) !== 0 ? null : (status >> 8) & 255

// The first name of a number is the usual one: SIGABRT, not SIGIOT.
const names = new Map(
  Object.entries(constants.signals)
    .map(([name, number]) => [number as number, name] as const)
    .reverse(),
)

export const signalOf = (status: number | null): string | null => {
  const number = status === null ? 0 : status & 127
  return number === 0 ? null : (names.get(number) ?? `SIG${number}`)
}

/** The one reason that a run ended for; the first that fits, from what we did over what the kernel did to what the program did. */
export const endingOf = (seen: Observed): Ending =>
  stopped(seen) ?? (seen.status === 0 ? undefined : exhausted(seen)) ?? left(seen)

/** What a run is charged with. */
export const usageOf = ({ reading, wallMs }: Observed): Usage => ({
  wallMs: Math.round(wallMs),
  cpuUserMs: Math.round(reading.cpuUserMs),
  cpuSystemMs: Math.round(reading.cpuSystemMs),
  memoryPeakBytes: reading.memoryPeakBytes,
  // A kernel that keeps no peak may have been asked only when the program was gone.
  processesPeak: Math.max(reading.processesPeak, wallMs > 0 ? 1 : 0),
})

const stopped = (seen: Observed): Ending | undefined => {
  if (seen.stop === 'cancelled') return { cause: 'cancelled' }
  if (seen.fault !== null) return { cause: 'infrastructure', message: seen.fault }
  if (seen.stop === 'output_limit') return { cause: 'output_limit', observed: seen.outputBytes }
  if (seen.stop === 'wall_timeout') return { cause: 'wall_timeout', observed: Math.round(seen.wallMs) }
  if (seen.stop === 'cpu_timeout') return { cause: 'cpu_timeout', observed: cpuMs(seen) }
  return undefined
}

// Only for a program that failed: one that met a bound and coped has not been ended by it.
const exhausted = (seen: Observed): Ending | undefined => {
  const { reading, disk, limits } = seen
  const signal = signalOf(seen.status)
  if (reading.oomKills > 0) return { cause: 'oom', observed: reading.memoryPeakBytes }
  if (signal === 'SIGXCPU' || (signal === 'SIGKILL' && cpuMs(seen) >= limits.cpuMs))
    return { cause: 'cpu_timeout', observed: cpuMs(seen) }
  if (disk.overflowed || signal === 'SIGXFSZ' || (disk.size > 0 && disk.free === 0))
    return { cause: 'disk_limit', observed: disk.overflowed ? limits.diskBytes : disk.size - disk.free }
  if (reading.refusals > 0) return { cause: 'process_limit', observed: reading.processesPeak }
  return undefined
}

const left = (seen: Observed): Ending => {
  const [exitCode, signal] = [exitCodeOf(seen.status), signalOf(seen.status)]
  if (seen.compiling) return { cause: 'compile', exitCode: exitCode ?? 1 }
  if (exitCode !== null) return { cause: 'exit', exitCode }
  if (signal !== null) return { cause: 'signal', signal }
  return { cause: 'infrastructure', message: 'The sandbox ended without telling how its program did.' }
}

const cpuMs = ({ reading }: Observed): number => Math.round(reading.cpuUserMs + reading.cpuSystemMs)
