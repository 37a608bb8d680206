import type { Reading, Share } from './cgroup/cgroup.ts'
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
  new Promise<{ shares: Share[]; late: string[] }>((resolve) => {
    const told = { shares: [] as Share[], late: [] as string[] }
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
        share: (share) => told.shares.push(share),
      },
      (why) => told.late.push(why),
    )
  })

describe('a program that is watched', () => {
  it('has only the rest, and is told so once, when it is far ahead of one core', async () => {
    expect(await watched(0, 4000, 4001, 4002)).toEqual({ shares: ['rest'], late: [] })
  })

  it('is left alone while it takes no more than one core', async () => {
    expect(await watched(0, 1, 2, 3)).toEqual({ shares: [], late: [] })
  })

  it('is late when its CPU time is up', async () => {
    expect(await watched(0, 5000)).toEqual({ shares: [], late: ['cpu_timeout'] })
  })
})
