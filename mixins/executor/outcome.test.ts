import { endingOf, exitCodeOf, type Observed, signalOf, usageOf } from './outcome.ts'

const seen = (what: Partial<Observed>, reading: Partial<Observed['reading']> = {}): Observed => ({
  limits: { wallMs: 1000, cpuMs: 500, memoryBytes: 1 << 20, processes: 8, outputBytes: 100, diskBytes: 4096 },
  stop: null,
  fault: null,
  compiling: false,
  status: 0,
  wallMs: 10,
  disk: { free: 1, size: 4096, overflowed: false },
  outputBytes: 100,
  ...what,
  reading: {
    cpuUserMs: 1,
    cpuSystemMs: 1,
    memoryPeakBytes: 5,
    processesPeak: 2,
    oomKills: 0,
    refusals: 0,
    ...reading,
  },
})
const cause = (...args: Parameters<typeof seen>) => endingOf(seen(...args)).cause
const failed = { status: 1 << 8 }

describe('the reason that a run ended for', () => {
  it('is what we did before all else', () => {
    expect(cause({ stop: 'cancelled', fault: 'x' }, { oomKills: 1 })).toBe('cancelled')
    expect(cause({ stop: 'wall_timeout', status: null })).toBe('wall_timeout')
    expect(cause({ stop: 'output_limit', status: 0 })).toBe('output_limit')
    expect(cause({ fault: 'x' })).toBe('infrastructure')
  })

  it('is a limit that the kernel enforced, where the program failed', () => {
    expect(cause(failed, { oomKills: 1 })).toBe('oom')
    expect(cause({ status: null }, { oomKills: 1 })).toBe('oom')
    expect(cause({ status: 24 })).toBe('cpu_timeout')
    expect(cause({ status: 9 }, { cpuUserMs: 600 })).toBe('cpu_timeout')
    expect(cause({ status: 25 })).toBe('disk_limit')
    expect(cause({ ...failed, disk: { free: 0, size: 4096, overflowed: false } })).toBe('disk_limit')
    expect(cause({ status: null, disk: { free: 0, size: 0, overflowed: true } })).toBe('disk_limit')
    expect(cause(failed, { refusals: 3 })).toBe('process_limit')
  })

  it('is not a limit that the program coped with', () => {
    const disk = { free: 0, size: 4096, overflowed: false }
    expect(endingOf(seen({ status: 0, disk }, { oomKills: 1, refusals: 2 }))).toEqual({ cause: 'exit', exitCode: 0 })
  })

  it('is the program itself where no limit was met', () => {
    expect(endingOf(seen({ status: 3 << 8 }))).toEqual({ cause: 'exit', exitCode: 3 })
    expect(endingOf(seen({ status: 6 | 128 }))).toEqual({ cause: 'signal', signal: 'SIGABRT' })
    expect(endingOf(seen({ status: 1 << 8, compiling: true }))).toEqual({ cause: 'compile', exitCode: 1 })
  })

  it('is ours where nothing was told', () => {
    expect(cause({ status: null })).toBe('infrastructure')
  })
})

describe('a wait status', () => {
  it('holds an exit code or a signal, never both', () => {
    for (const code of [0, 1, 127, 137, 255]) expect([exitCodeOf(code << 8), signalOf(code << 8)]).toEqual([code, null])
    expect([exitCodeOf(9), signalOf(9)]).toEqual([null, 'SIGKILL'])
    expect([exitCodeOf(34), signalOf(34)]).toEqual([null, 'SIG34'])
    expect([exitCodeOf(null), signalOf(null)]).toEqual([null, null])
  })
})

describe('what a run is charged with', () => {
  it('is at least one process where a program ran, also by a kernel that keeps no peak', () => {
    expect(usageOf(seen({}, { processesPeak: 0 })).processesPeak).toBe(1)
    expect(usageOf(seen({ wallMs: 0 }, { processesPeak: 0 })).processesPeak).toBe(0)
    expect(usageOf(seen({ wallMs: 1.6 }, { cpuUserMs: 0.4 }))).toMatchObject({
      wallMs: 2,
      cpuUserMs: 0,
      processesPeak: 2,
    })
  })
})
