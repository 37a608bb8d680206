import { normalise } from './outcome.ts'

type Recorded = Parameters<typeof normalise>[0]

const MiB = 1 << 20
const limits = {
  wallMs: 2000,
  cpuMs: 1500,
  memoryBytes: 64 * MiB,
  processes: 8,
  outputBytes: 1 << 10,
  diskBytes: 3 * MiB,
}
const seen = (ending: object, change: Partial<Recorded['outcome']> = {}): Recorded => ({
  id: 'r',
  attempt: 2,
  limits,
  outputBytes: { stdout: 5, stderr: 6 },
  outcome: {
    ending: ending as Recorded['outcome']['ending'],
    exitCode: null,
    signal: null,
    usage: { wallMs: 12.3456, cpuUserMs: 1.26, cpuSystemMs: 0.04, memoryPeakBytes: 9.6, processesPeak: 2 },
    truncated: { stdout: true, stderr: false },
    ...change,
  },
})

describe('the outcome of an attempt', () => {
  it.each([
    [{ cause: 'exit', exitCode: 0 }, 'Ended with exit code 0.'],
    [{ cause: 'exit', exitCode: 3 }, 'Ended with exit code 3.'],
    [{ cause: 'signal', signal: 'SIGSEGV' }, 'Ended by signal SIGSEGV.'],
    [{ cause: 'compile', exitCode: 1 }, 'It did not compile; the compiler says why on stderr.'],
    [{ cause: 'cancelled' }, 'Cancelled.'],
    [{ cause: 'infrastructure', message: 'No room.' }, 'Greenroom failed, not the program: No room.'],
    [{ cause: 'wall_timeout', observed: 2040 }, 'Stopped at 2 s of time. The limit is limits.wallMs.'],
    [
      { cause: 'cpu_timeout', observed: 1700 },
      'Stopped at 1.5 s of CPU time (it came to 1.7 s). The limit is limits.cpuMs.',
    ],
    [{ cause: 'oom', observed: 64 * MiB }, 'Stopped at 64 MB of memory. The limit is limits.memoryBytes.'],
    [{ cause: 'output_limit', observed: 1024 }, 'Stopped at 1 KB of output. The limit is limits.outputBytes.'],
    [{ cause: 'disk_limit', observed: 3 * MiB }, 'Stopped at 3 MB of disk. The limit is limits.diskBytes.'],
    [{ cause: 'process_limit', observed: 9 }, 'Stopped at 8 processes (it came to 9). The limit is limits.processes.'],
  ])('%j is one sentence: %s', (ending, message) => {
    expect(normalise(seen(ending))).toMatchObject({ cause: ending.cause, message })
  })

  it.each([
    ['oom', 'memoryBytes', 70 * MiB],
    ['wall_timeout', 'wallMs', 2101],
    ['cpu_timeout', 'cpuMs', 1600],
    ['output_limit', 'outputBytes', 1024],
    ['disk_limit', 'diskBytes', 3 * MiB],
    ['process_limit', 'processes', 8],
  ] as const)('%s names the limit %s, its value and what was seen', (cause, limit, observed) => {
    const exceeded = { limit, value: limits[limit], observed, setting: `limits.${limit}` }
    expect(normalise(seen({ cause, observed })).exceeded).toEqual(exceeded)
  })

  it('has no limit where none was met', () => {
    for (const cause of ['exit', 'signal', 'compile', 'cancelled', 'infrastructure'])
      expect(normalise(seen({ cause, exitCode: 1, signal: 'SIGKILL' })).exceeded).toBeNull()
  })

  it('keeps what the main process left, also where a limit ended it', () => {
    const oom = seen({ cause: 'oom', observed: 64 * MiB }, { signal: 'SIGKILL' })
    expect(normalise(oom)).toMatchObject({ exitCode: null, signal: 'SIGKILL' })
    expect(normalise(seen({ cause: 'exit', exitCode: 7 }))).toMatchObject({ exitCode: 7, signal: null })
  })

  it('belongs to its attempt, with usage rounded to what was measured', () => {
    const { usage, ...rest } = normalise(seen({ cause: 'exit', exitCode: 0 }))
    expect(usage).toEqual({ wallMs: 12.3, cpuUserMs: 1.3, cpuSystemMs: 0, memoryPeakBytes: 10, processesPeak: 2 })
    expect(rest).toMatchObject({ id: 'r', attempt: 2, outputBytes: { stdout: 5, stderr: 6 } })
    expect(rest.truncated).toEqual({ stdout: true, stderr: false })
  })
})
