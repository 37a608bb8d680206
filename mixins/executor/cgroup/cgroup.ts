export type Cpu = { cpuUserMs: number; cpuSystemMs: number }

/** What the kernel counted for a whole group of processes, those that are gone included. */
export type Reading = Cpu & {
  memoryPeakBytes: number
  processesPeak: number
  oomKills: number
  /** How often a new process or thread was refused. */
  refusals: number
}

/** What a group has of the CPU while others want it too: like any other, less than the young, or only what all others leave. */
export type Share = 'full' | 'less' | 'rest'

/** Whether a program runs in a group from its first moment, or something waits in it for one. */
export type Purpose = 'program' | 'wait'

export type Bounds = { memoryBytes: number; processes: number }

export const sameBounds = (one: Bounds, two: Bounds): boolean =>
  one.memoryBytes === two.memoryBytes && one.processes === two.processes

/** The kernel's own account of one run, and its bounds. */
export interface Group {
  /** Its name below each of the trees. */
  readonly name: string
  /** Puts a process, and all that it will start, under the bounds. */
  join(pid: number): Promise<void>
  /** Sets the bounds of the program that now comes to a group that waited. */
  bound(bounds: Bounds): void
  share(share: Share): void
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
  create(bounds: Bounds, purpose: Purpose): Group
  close(): Promise<void>
}
