export type Cpu = { cpuUserMs: number; cpuSystemMs: number }

/** What the kernel counted for a whole group of processes, those that are gone included. */
export type Reading = Cpu & {
  memoryPeakBytes: number
  processesPeak: number
  oomKills: number
  /** How often a new process or thread was refused. */
  refusals: number
}

export type Bounds = { memoryBytes: number; processes: number }

/** The kernel's own account of one run, and its bounds. */
export interface Group {
  /** Its name below each of the trees. */
  readonly name: string
  /** Puts a process, and all that it will start, under the bounds. */
  join(pid: number): Promise<void>
  /** Sets the bounds of a group that was made without. */
  bound(bounds: Bounds): void
  /** Whether its members take only the CPU time that others leave. */
  yields(yields: boolean): void
  read(): Reading
  /** The CPU time alone, which costs less to read. */
  cpu(): Cpu
  /** Kills every member at once. */
  kill(): void
  /** Resolves once no member is left and the group is gone. */
  remove(): Promise<void>
}

/** A corner of the host's cgroup tree that belongs to this process. */
export interface Cgroups {
  readonly kind: 'cgroup v1' | 'cgroup v2' | 'none'
  /** Whether `kill` alone reaches every member. */
  readonly kills: boolean
  /** Our folder in each tree of groups by name, where processes may be born in their groups: the kernel makes moves wait. */
  readonly trees: Readonly<Record<string, string>>
  create(bounds: Bounds | null): Group
  close(): Promise<void>
}
