import { readFileSync } from 'node:fs'
import type { Bounds, Cgroups, Cpu, Group, Reading } from './cgroup.ts'

const TICK_MS = 10

/**
 * Stands in where an operator chose to do without groups, for trusted code: looks at the processes from time to time,
 * and kills them once they take too much memory together. What comes and goes between two looks is not seen.
 */
export const noCgroups = (): Cgroups => ({
  kind: 'none',
  kills: false,
  trees: {},
  create: (bounds) => new Watched(bounds),
  close: async () => {},
})

class Watched implements Group {
  readonly name = ''
  #bounds: Bounds
  #first: number | null = null
  readonly #seen: Reading = {
    cpuUserMs: 0,
    cpuSystemMs: 0,
    memoryPeakBytes: 0,
    processesPeak: 0,
    oomKills: 0,
    refusals: 0,
  }

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  async join(pid: number): Promise<void> {
    this.#first = pid
  }

  bound(bounds: Bounds): void {
    this.#bounds = bounds
  }

  share(): void {}

  read(): Reading {
    const first = this.#first === null ? null : statOf(this.#first)
    if (first && this.#first !== null) this.#look(first, descendants(this.#first))
    return { ...this.#seen }
  }

  cpu(): Cpu {
    return this.read()
  }

  kill(): void {
    if (this.#first !== null && statOf(this.#first)) process.kill(this.#first, 'SIGKILL')
  }

  async remove(): Promise<void> {
    this.#first = null
  }

  #look(first: Stat, pids: number[]): void {
    const seen = this.#seen
    const stats = pids.flatMap((pid) => statOf(pid) ?? [])
    const total = (of: (stat: Stat) => number, reaped: (stat: Stat) => number) =>
      stats.reduce((sum, stat) => sum + of(stat) + reaped(stat), reaped(first)) * TICK_MS
    const memory = pids.reduce((sum, pid) => sum + memoryOf(pid), 0)
    seen.cpuUserMs = Math.max(
      seen.cpuUserMs,
      total(
        (stat) => stat.user,
        (stat) => stat.childrenUser,
      ),
    )
    seen.cpuSystemMs = Math.max(
      seen.cpuSystemMs,
      total(
        (stat) => stat.system,
        (stat) => stat.childrenSystem,
      ),
    )
    seen.memoryPeakBytes = Math.max(seen.memoryPeakBytes, memory)
    seen.processesPeak = Math.max(
      seen.processesPeak,
      stats.reduce((sum, stat) => sum + stat.threads, 1),
    )
    if (memory > this.#bounds.memoryBytes) {
      seen.oomKills = 1
      this.kill()
    }
  }
}

type Stat = Record<'user' | 'system' | 'childrenUser' | 'childrenSystem' | 'threads', number>

// Fields 14 to 17 and 20; the name in field 2 may itself hold spaces and brackets.
const statOf = (pid: number): Stat | null => {
  const text = read(`/proc/${pid}/stat`)
  if (text === null) return null
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0, , , threads = 0] = fields.slice(11)
  return { user, system, childrenUser, childrenSystem, threads }
}

const descendants = (pid: number): number[] =>
  (read(`/proc/${pid}/task/${pid}/children`) ?? '')
    .split(' ')
    .filter(Boolean)
    .map(Number)
    .flatMap((child) => [child, ...descendants(child)])

const memoryOf = (pid: number): number => {
  const kilobytes = /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1]
  return Number(kilobytes ?? 0) * 1024
}

// A process may be gone before it is looked at; it then counts for nothing.
const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
