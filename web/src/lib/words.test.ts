import type { Execution } from './wire.ts'
import { explain, limitIn, status } from './words.ts'

const run = (fields: Partial<Execution>): Execution => ({
  id: 'x',
  state: 'succeeded',
  cause: 'exit',
  language: 'python',
  version: '3.11',
  exitCode: 0,
  signal: null,
  attempt: 1,
  retryOf: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  startedAt: '2026-01-01T00:00:01.000Z',
  finishedAt: null,
  usage: null,
  message: '',
  priority: 'normal',
  interactive: false,
  stdout: '',
  stderr: '',
  labels: {},
  outputBytes: { stdout: 0, stderr: 0 },
  truncated: { stdout: false, stderr: false },
  limits: { wallMs: 1, cpuMs: 1, memoryBytes: 1, processes: 1, outputBytes: 1, diskBytes: 1 },
  exceeded: null,
  waiting: null,
  artifacts: null,
  artifactsNote: null,
  timeline: [],
  ...fields,
})
const usage = { wallMs: 34, cpuUserMs: 1, cpuSystemMs: 1, memoryPeakBytes: 11_700_000, processesPeak: 1 }
const now = Date.parse('2026-01-01T00:00:02.200Z')

describe('the status line', () => {
  it.each<[string, Partial<Execution>]>([
    ['waiting', { state: 'queued', cause: null }],
    [
      'waiting, 3rd in line: both places are taken',
      { state: 'queued', waiting: { position: 3, reason: 'both places are taken.' } },
    ],
    ['starting', { state: 'scheduled' }],
    ['running 1.2 s', { state: 'running', cause: null }],
    ['exit 0, 34 ms, 11 MB', { usage }],
    ['exit 3, 34 ms, 11 MB', { state: 'failed', exitCode: 3, usage }],
    ['killed by SIGSEGV', { state: 'failed', cause: 'signal', signal: 'SIGSEGV' }],
    ['out of memory, 34 ms, 11 MB', { state: 'failed', cause: 'oom', usage }],
    ['cancelled, 500 ms', { state: 'cancelled', cause: 'cancelled', finishedAt: '2026-01-01T00:00:01.500Z' }],
  ])('says "%s"', (words, fields) => expect(status(run(fields), now)).toBe(words))
})

describe('the reason of an end', () => {
  it('names the limit that was hit and what was seen', () => {
    const exceeded = {
      limit: 'memoryBytes' as const,
      value: 268_435_456,
      observed: 268_435_456,
      setting: 'limits.memoryBytes',
    }
    expect(explain(run({ state: 'failed', cause: 'oom', exceeded }))).toEqual({
      text: 'Stopped at 256 MB of memory (peak 256 MB).',
      limit: 'memoryBytes',
    })
  })

  it('says that a fault of the platform was not the program’s', () => {
    const fault = run({ state: 'failed', cause: 'infrastructure', message: 'The node went away.' })
    expect(explain(fault)?.text).toMatch(/^The node went away\. This was not the program's fault/)
    expect(status({ ...fault, startedAt: null }, 0)).toMatch(/^not run: a fault of Greenroom/)
    expect(status({ ...fault, startedAt: '2026-01-01T00:00:00.000Z' }, 0)).toMatch(/^broken off: a fault of Greenroom/)
  })

  it('is silent when the exit code says everything', () => {
    expect(explain(run({ state: 'failed', exitCode: 1, message: 'Ended with exit code 1.' }))).toBeNull()
  })

  it('knows a limit by its setting', () => {
    expect([limitIn('limits.cpuMs'), limitIn('cpuMs'), limitIn('colour')]).toEqual(['cpuMs', 'cpuMs', null])
  })
})
