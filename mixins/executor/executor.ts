/** Upper bounds of one run. Times in milliseconds, sizes in bytes; `outputBytes` counts stdout and stderr together. */
export type Limits = {
  wallMs: number
  cpuMs: number
  memoryBytes: number
  processes: number
  outputBytes: number
  diskBytes: number
}

/** How programs of one language version are run; a row of the runtime catalogue joined with what the host has. */
export type Runtime = {
  language: string
  /** As the interpreter or compiler reports it, e.g. `3.11.2`. */
  version: string
  /**
   * Commands inside the sandbox; `{entry}` stands for the entry file, `{heapBytes}` for a bound of a heap that follows
   * from the limits. Compile commands run first, under their own limits.
   */
  run: readonly string[]
  compile?: readonly string[]
  env: Readonly<Record<string, string>>
  /** Host folders shown read-only inside, besides the system's own: [host path, path inside]. */
  mounts: readonly (readonly [host: string, inside: string])[]
  /** Made once on the host before the first run, which waits for it. */
  prepare?: Preparation
  /** How a sandbox can wait with the interpreter already up; without it every run is from nothing. */
  warm?: Warm
}

/**
 * Commands inside the sandbox: one that brings the interpreter up once, to fork sandboxes from it while it never runs a
 * program itself, and one that brings it up in a sandbox of its own, where it waits. Forks go first, where they can be had.
 */
export type Warm = { fork?: readonly string[]; interpreter?: readonly string[] }

/** A trusted command of the runtime itself that fills `{folder}`, which then shows read-only at `inside`. */
export type Preparation = { command: readonly string[]; env: Readonly<Record<string, string>>; inside: string }

export type ProgramFile = { path: string; bytes: Uint8Array }

export type Program = {
  /** Unique among running programs; becomes part of cgroup names. */
  id: string
  runtime: Runtime
  files: ProgramFile[]
  entry: string
  args: string[]
  env: Record<string, string>
  limits: Limits
  /** Programs of one scope may share what was compiled: one for each user who must not notice the others. */
  scope?: string
  /** Left out where nothing is to be handed out. */
  artifacts?: ArtifactsWanted
}

/** A folder below the work folder whose files are handed out when the program has ended by itself. */
export type ArtifactsWanted = { directory: string; mostFiles: number; mostBytes: number }

/** Why something that lies in the declared folder was not handed out. */
export const LEFT_OUT = [
  'name',
  'link',
  'hardlink',
  'special',
  'unreadable',
  'files',
  'bytes',
  'entries',
  'folder',
  'stopped',
  'lost',
] as const
export type LeftOut = { path: string; why: (typeof LEFT_OUT)[number] }

/** What a program left: files under paths relative to the declared folder, and what was not taken, of `more` no names. */
export type Artifacts = { files: ProgramFile[]; leftOut: LeftOut[]; more: number }

export type Channel = 'stdout' | 'stderr'

export type Sink = {
  /** Bytes as they arrive, in order per channel. The program is held back while the promise is open. */
  output(channel: Channel, bytes: Uint8Array): void | Promise<void>
}

export type Usage = {
  wallMs: number
  cpuUserMs: number
  cpuSystemMs: number
  memoryPeakBytes: number
  processesPeak: number
}

/** Why a program ended; `infrastructure` is never the program's fault. */
export type Ending =
  | { cause: 'exit'; exitCode: number }
  | { cause: 'signal'; signal: string }
  | { cause: 'compile'; exitCode: number }
  | { cause: 'cancelled' }
  | { cause: 'infrastructure'; message: string }
  | {
      cause: 'oom' | 'wall_timeout' | 'cpu_timeout' | 'output_limit' | 'disk_limit' | 'process_limit'
      observed: number
    }

export type Outcome = {
  ending: Ending
  /** Also when a limit ended it: what the main process left, where it left anything. */
  exitCode: number | null
  signal: string | null
  usage: Usage
  truncated: { stdout: boolean; stderr: boolean }
  /** Absent where none were asked for. */
  artifacts?: Artifacts
}

/** A program that runs. */
export interface Running {
  /** Resolves when the bytes are accepted; writing to a program that reads no more is not an error. */
  write(bytes: Uint8Array): Promise<void>
  closeStdin(): void
  /** Kills the whole tree at once; `ended` then tells `cancelled`. */
  cancel(): void
  /** Resolves once nothing of the program is alive and all its output has been handed to the sink; never rejects. */
  readonly ended: Promise<Outcome>
}

/** One guarantee that the executor needs from the machine, and how to get it. */
export type Check = { name: string; ok: boolean; detail: string; fix: string | null }

/**
 * Runs programs that nobody trusts. Fails closed: `open` throws a sentence that names what is missing and the command
 * that installs it when a guarantee cannot be given.
 */
export interface Executor {
  open(): Promise<void>
  /** Every guarantee with its state; never throws. */
  checks(): Promise<Check[]>
  /**
   * This program will probably be started within 2 s: where a sandbox waits, it is handed the program, and begins with
   * nothing of it before `start` is called for the same id. Not started by then, it is forgotten.
   */
  expect(program: Program): void
  start(program: Program, sink: Sink): Running
  close(): Promise<void>
}
