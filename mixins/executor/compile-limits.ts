import type { Bounds } from './cgroup/cgroup.ts'
import type { Limits } from './executor.ts'

const least: Omit<Limits, 'outputBytes' | 'diskBytes'> = {
  wallMs: 30_000,
  cpuMs: 60_000,
  memoryBytes: 1 << 30,
  processes: 256,
}

/** What compilers and linkers write, on top of what the program may. */
export const COMPILE_DISK_BYTES = 256 << 20

/** Bounds of a compiler: those of its program, but never less than compilers need. */
export const compileLimits = (limits: Limits): Limits => ({
  ...limits,
  wallMs: Math.max(limits.wallMs, least.wallMs),
  cpuMs: Math.max(limits.cpuMs, least.cpuMs),
  memoryBytes: Math.max(limits.memoryBytes, least.memoryBytes),
  processes: Math.max(limits.processes, least.processes),
  diskBytes: limits.diskBytes + COMPILE_DISK_BYTES,
})

/** What a group may use for a program; one process more than the program may have, since the first is ours. */
export const boundsOf = ({ memoryBytes, processes }: Pick<Limits, 'memoryBytes' | 'processes'>): Bounds => ({
  memoryBytes,
  processes: processes + 1,
})
