import type { Cells } from './cells.ts'
import type { Bounds, Cgroups, Purpose } from './cgroup/cgroup.ts'
import { boundsOf } from './compile-limits.ts'
import type { Program, Runtime, Warm } from './executor.ts'
import { FORK_AGAIN_MS, ForkFailed, type Haste } from './fork-server.ts'
import type { Forks } from './forked.ts'
import type { GreenRoom } from './green-room.ts'
import type { Step } from './job.ts'
import { Place } from './place.ts'
import type { Cell } from './profile.ts'
import { interpreterStep } from './steps.ts'
import type { Uids } from './uids.ts'

/** Finds programs sandboxes whose interpreter is up already. */
export interface Interpreters {
  /** Null where none can be had for this program, or none is to wait. */
  for(program: Program): Promise<Place | null>
  /** Lets the first come up for what most programs of a runtime ask for. */
  prepare(runtime: Runtime): void
}

type Parts = { cells: Cells; cgroups: Cgroups; uids: Uids; forks: Forks | null; greenRoom: GreenRoom }
type Settle = (cell: Cell, interpreter: Step, bounds: Bounds, purpose: Purpose) => Promise<Place>
type Kind = { key: string; runtime: Runtime; warm: Warm; diskBytes: number }

/** Room for files that most programs do with; a sandbox that waits has its size already. */
const USUAL_DISK_BYTES = 64 << 20

/** What waits is bounded already; most programs need no others. */
const USUAL_BOUNDS: Bounds = boundsOf({ memoryBytes: 256 << 20, processes: 64 })

/** Forks of an interpreter where they can be had, else interpreters that `settle` lets come up one by one. */
export const openInterpreters = (parts: Parts, settle: Settle): Interpreters => {
  const { cells, cgroups, uids, forks, greenRoom } = parts
  const failing = new Map<string, number>()

  // Where it fails it is not tried again for a while.
  const forked = async ({ key, runtime, warm, diskBytes }: Kind, haste: Haste): Promise<Place | null> => {
    if (!forks || !warm.fork || performance.now() < (failing.get(key) ?? 0)) return null
    const cell = await cells.for(runtime, { diskBytes })
    const launch = forks.ofInterpreter(cell, uids.lease, interpreterStep(runtime, warm.fork), haste)
    try {
      return await Place.settle(launch, cgroups, USUAL_BOUNDS, haste === 'now' ? 'program' : 'wait')
    } catch {
      failing.set(key, performance.now() + FORK_AGAIN_MS)
      return null
    }
  }
  const alone = async ({ runtime, warm, diskBytes }: Kind): Promise<Place> => {
    if (!warm.interpreter) throw new ForkFailed('No sandbox can be forked.')
    const cell = await cells.for(runtime, { diskBytes })
    return await settle(cell, interpreterStep(runtime, warm.interpreter), USUAL_BOUNDS, 'wait')
  }
  const ahead = async (kind: Kind): Promise<Place> => (await forked(kind, 'ahead')) ?? (await alone(kind))
  const kindOf = (runtime: Runtime, diskBytes: number): Kind | null => {
    const { warm, language, version } = runtime
    if (!warm || cgroups.kind === 'none' || !((forks && warm.fork) ?? warm.interpreter)) return null
    return { key: [language, version, diskBytes].join(' '), runtime, warm, diskBytes }
  }

  return {
    for: async ({ runtime, env, limits, artifacts }) => {
      const kind = reachesInterpreter(env) ? null : kindOf(runtime, limits.diskBytes)
      if (!kind) return null
      // Nothing comes back from a forked sandbox but lines.
      if (artifacts && forks && kind.warm.fork)
        return kind.warm.interpreter ? greenRoom.take(`${kind.key} artifacts`, () => alone(kind)) : null
      // A fork is cheaper than a start, even on demand.
      return greenRoom.take(kind.key, () => ahead(kind)) ?? (await forked(kind, 'now'))
    },
    prepare: (runtime) => {
      const kind = kindOf(runtime, USUAL_DISK_BYTES)
      if (kind) greenRoom.welcome(kind.key, () => ahead(kind))
    },
  }
}

// Some variables change how an interpreter comes up; one that is up already would not notice.
const reachesInterpreter = (env: Readonly<Record<string, string>>) =>
  Object.keys(env).some((name) =>
    /^(PYTHON|NODE|RUBY|GEM|BUNDLE|LD_|LC_|LANG|TZ|MALLOC|GLIBC|UV_|OPENSSL|SSL_)/.test(name),
  )
