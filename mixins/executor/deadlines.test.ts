import type { Reading } from './cgroup/cgroup.ts'
import { deadlines } from './deadlines.ts'

const limits = {
  wallMs: 60_000,
  cpuMs: 5000,
  memoryBytes: 1,
  processes: 1,
  outputBytes: 1,
  diskBytes: 1,
}
const reading: Omit<Reading, 'cpuUserMs'> = {
  cpuSystemMs: 0,
  memoryPeakBytes: 0,
  processesPeak: 1,
  oomKills: 0,
  refusals: 0,
}

/** Watches the account of a program, one look after the other, and tells what became of it. */
const watched = (...looks: number[]) =>
  new Promise<{ yields: boolean[]; late: string[] }>((resolve) => {
    const told = { yields: [] as boolean[], late: [] as string[] }
    const watch = deadlines(
      limits,
      {
        read: () => {
          const cpuUserMs = looks.shift()
          if (looks.length === 0) {
            watch.stop()
            setImmediate(() => resolve(told))
          }
          return { ...reading, cpuUserMs: cpuUserMs ?? 0 }
        },
        yields: (yields) => told.yields.push(yields),
      },
      (why) => told.late.push(why),
    )
  })

describe('a program that is watched', () => {
  it('is told to yield once when it is far ahead of one core', async () => {
    expect(await watched(0, 4000, 4001, 4002)).toEqual({ yields: [true], late: [] })
  })

  it('is left alone while it takes no more than one core', async () => {
    expect(await watched(0, 1, 2, 3)).toEqual({ yields: [], late: [] })
  })

  it('is late when its CPU time is up', async () => {
    expect(await watched(0, 5000)).toEqual({ yields: [], late: ['cpu_timeout'] })
  })
})
