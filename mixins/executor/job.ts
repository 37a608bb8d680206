import type { ArtifactsWanted, Limits, ProgramFile } from './executor.ts'
import { BUILD } from './profile.ts'
import { syscallsOf } from './seccomp/filter.ts'

/** One process that the sandbox starts, with the bounds that it starts under. */
export type Step = { limits: readonly string[]; env: Readonly<Record<string, string>>; command: readonly string[] }

/** What `agents/init.pl` reads first: the numbers of its calls, and the interpreter that it is to bring up, if any. */
export const encodeOpening = (interpreter: Step | null): Buffer =>
  packed([...list(kernelCalls.flatMap((pair) => pair.split(':'))), ...interpreterOf(interpreter)])

/** The interpreter that a first process is to bring up, if any. */
export const encodeInterpreter = (interpreter: Step | null): Buffer => packed(interpreterOf(interpreter))

/** The word upon which a sandbox begins with what it was handed. */
export const GO = Buffer.from('G')

/**
 * A job, with which nothing begins before `GO`: the last step is the program, those before it compile. Files under absolute
 * paths belong to a program that was built before; what is built now is handed back where it takes no more than `handBackBytes`.
 */
export const encodeJob = (
  steps: readonly Step[],
  files: readonly ProgramFile[],
  handBackBytes = 0,
  artifacts?: ArtifactsWanted,
): Buffer =>
  packed([
    steps.length,
    ...steps.flatMap(stepOf),
    files.length,
    ...files.flatMap(({ path, bytes }) => [...text(path), bytes.length, bytes]),
    ...(steps.length > 1 ? list(handBackBytes > 0 ? [BUILD, `${handBackBytes}`] : []) : []),
    ...list(artifacts ? [artifacts.directory, `${artifacts.mostFiles}`, `${artifacts.mostBytes}`] : []),
  ])

const interpreterOf = (interpreter: Step | null): Piece[] => [
  interpreter ? 1 : 0,
  ...(interpreter ? stepOf(interpreter) : []),
]

const stepOf = ({ limits, env, command }: Step): Piece[] => [
  ...list(limits),
  ...list(Object.entries(env).flat()),
  ...list(command),
]

/** Bounds of a single process as `resource:soft:hard`; `alone` where no group bounds them together. */
export const processLimits = (limits: Limits, alone: boolean): string[] => {
  const seconds = Math.ceil(limits.cpuMs / 1000) + 1
  // The group must be the first to refuse, since it alone counts its refusals.
  const processes = limits.processes + (alone ? 1 : 8)
  const rows: [resource: number, soft: number, hard: number][] = [
    [0, seconds, seconds + 1],
    [1, limits.diskBytes, limits.diskBytes],
    [3, 8 << 20, 64 << 20],
    [6, processes, processes],
    [7, 1024, 1024],
    [8, 65536, 65536],
    [11, 256, 256],
    [12, 0, 0],
  ]
  // Interpreters reserve far more than they use; this bounds what happens between two looks at the processes.
  if (alone) rows.push([2, limits.memoryBytes + 2 ** 31, limits.memoryBytes + 2 ** 31])
  return rows.map((row) => row.join(':'))
}

/** A number of four bytes, a text or bytes. */
type Piece = number | string | Uint8Array

const text = (value: string): Piece[] => [Buffer.byteLength(value), value]
const list = (values: readonly string[]): Piece[] => [values.length, ...values.flatMap(text)]

// At once into one buffer: a program waits for this.
const packed = (pieces: readonly Piece[]): Buffer => {
  const bytes = Buffer.allocUnsafe(pieces.reduce((sum: number, piece) => sum + sizeOf(piece), 0))
  let at = 0
  for (const piece of pieces) {
    if (typeof piece === 'number') at = bytes.writeUInt32BE(piece, at)
    else if (typeof piece === 'string') at += bytes.write(piece, at)
    else {
      bytes.set(piece, at)
      at += piece.length
    }
  }
  return bytes
}

const sizeOf = (piece: Piece) => {
  if (typeof piece === 'number') return 4
  return typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length
}

const CALLS = [
  'clock_gettime',
  'clone3',
  'close',
  'close_range',
  'dup3',
  'epoll_create1',
  'eventfd2',
  'exit_group',
  'fchown',
  'fcntl',
  'futex',
  'getpid',
  'getrandom',
  'kill',
  'openat',
  'pipe2',
  'prctl',
  'prlimit64',
  'rt_sigaction',
  'rt_sigprocmask',
  'rt_sigqueueinfo',
  'rt_sigtimedwait',
  'sched_getaffinity',
  'sched_setaffinity',
  'sched_setscheduler',
  'setns',
  'statfs',
  'umount2',
  'unshare',
  'wait4',
  'write',
]
const table = syscallsOf(process.arch)
/** The numbers of the calls that our programs make by number, as `name:number`. */
export const kernelCalls: readonly string[] = CALLS.map((name) => `${name}:${table[name]}`)
