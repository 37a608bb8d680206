import type { Cells } from './cells.ts'
import type { Bounds, Cgroups, Purpose } from './cgroup/cgroup.ts'
import type { ColdLauncher } from './cold.ts'
import type { CompileCache, Kept } from './compile-cache.ts'
import { boundsOf, compileLimits } from './compile-limits.ts'
import type { Program, ProgramFile, Runtime, Warm } from './executor.ts'
import { ForkFailed, type Haste } from './fork-server.ts'
import type { Forks } from './forked.ts'
import type { GreenRoom } from './green-room.ts'
import type { Step } from './job.ts'
import { Place } from './place.ts'
import type { Cell } from './profile.ts'
import { coldSteps, interpreterStep, warmSteps } from './steps.ts'
import type { Uids } from './uids.ts'

/** What a sandbox is to do, and where what it compiles may be kept. */
export type Task = { steps: readonly Step[]; files: readonly ProgramFile[]; kept: Kept | null }

/** `waited` where it was there before its program, whole or in part. */
export type Found = { place: Place; task: Task; waited: boolean }

/** Finds each program a sandbox of its own: one that waited where there is one, else one from nothing. */
export interface Places {
  for(program: Program): Promise<Found>
  fromNothing(program: Program): Promise<Found>
  prepare(runtimes: readonly Runtime[]): void
  close(): Promise<void>
}

export type Parts = {
  cells: Cells
  cgroups: Cgroups
  uids: Uids
  cold: ColdLauncher
  /** Absent where sandboxes cannot be forked: that takes root and groups that kill. */
  forks: Forks | null
  /** Absent where nothing is to wait. */
  greenRoom: GreenRoom | null
  /** Absent where every program is to be compiled anew. */
  compileCache: CompileCache | null
}

/** Room for files that most programs do with; a sandbox that waits has its size already. */
const USUAL_DISK_BYTES = 64 << 20

/** What waits is bounded already; most programs need no others. */
const USUAL_BOUNDS: Bounds = boundsOf({ memoryBytes: 256 << 20, processes: 64 })

const RETRY_MS = 60_000

export const openPlaces = (parts: Parts): Places => {
  const { cells, cgroups, uids, cold, forks, greenRoom, compileCache } = parts
  const failing = new Map<string, number>()

  // Where no fork can be had, bubblewrap makes the same from nothing.
  const settle = async (cell: Cell, interpreter: Step | null, bounds: Bounds, purpose: Purpose): Promise<Place> => {
    if (forks && performance.now() >= (failing.get('init') ?? 0)) {
      try {
        return await Place.settle(forks.ofInit(cell, uids.lease, interpreter), cgroups, bounds, purpose)
      } catch (error) {
        if (!(error instanceof ForkFailed)) throw error
        failing.set('init', performance.now() + RETRY_MS)
      }
    }
    return await Place.settle(cold(cell, uids.lease(), interpreter), cgroups, bounds, purpose)
  }
  const fromNothing = async (program: Program): Promise<Found> => {
    const { runtime, limits, files } = program
    const kept = compileCache?.of(program) ?? null
    const [build, cell] = await Promise.all([kept?.find(), cells.for(runtime, limits)])
    const bounds = boundsOf(runtime.compile && !build ? compileLimits(limits) : limits)
    const steps = coldSteps(program, cgroups.kind === 'none')
    const task = build ? { steps: steps.slice(-1), files: [...files, ...build], kept: null } : { steps, files, kept }
    return { place: await settle(cell, null, bounds, 'program'), task, waited: false }
  }
  const warmed = async (runtime: Runtime, warm: Warm, diskBytes: number, haste: Haste): Promise<Place> => {
    const cell = await cells.for(runtime, { diskBytes })
    const interpreter = interpreterStep(runtime, warm.command)
    if (warm.by === 'interpreter') return await settle(cell, interpreter, USUAL_BOUNDS, 'wait')
    const purpose = haste === 'now' ? 'program' : 'wait'
    return await Place.settle(
      forks!.ofInterpreter(cell, uids.lease, interpreter, haste),
      cgroups,
      USUAL_BOUNDS,
      purpose,
    )
  }
  const wait = (runtime: Runtime, diskBytes: number) => {
    const { warm } = runtime
    if (!warm || !greenRoom || cgroups.kind === 'none' || (warm.by === 'fork' && !forks)) return null
    const key = [runtime.language, runtime.version, diskBytes].join(' ')
    const make = (haste: Haste) => warmed(runtime, warm, diskBytes, haste)
    return { key, make, ahead: () => make('ahead'), room: greenRoom, warm }
  }
  // A fork is cheaper than a start, even on demand. Where it fails, programs start from nothing for a while.
  const forked = async (key: string, make: (haste: Haste) => Promise<Place>): Promise<Place | null> => {
    if (performance.now() < (failing.get(key) ?? 0)) return null
    try {
      return await make('now')
    } catch {
      failing.set(key, performance.now() + RETRY_MS)
      return null
    }
  }
  const fromGreenRoom = async (program: Program): Promise<Place | null> => {
    const { runtime, env, limits } = program
    const waiting = reachesInterpreter(env) ? null : wait(runtime, limits.diskBytes)
    // Nothing comes back from a forked sandbox but lines.
    if (!waiting || (program.artifacts && waiting.warm.by === 'fork')) return null
    const place = waiting.room.take(waiting.key, waiting.ahead)
    return place ?? (waiting.warm.by === 'fork' ? await forked(waiting.key, waiting.make) : null)
  }

  return {
    for: async (program) => {
      const place = await fromGreenRoom(program)
      if (!place || !(await isBound(place, program))) return await fromNothing(program)
      return { place, task: { steps: warmSteps(program), files: program.files, kept: null }, waited: true }
    },
    fromNothing,
    prepare: (runtimes) => {
      for (const runtime of runtimes) {
        cells.prepare(runtime)
        const waiting = wait(runtime, USUAL_DISK_BYTES)
        waiting?.room.welcome(waiting.key, waiting.ahead)
      }
    },
    close: async () => {
      await greenRoom?.close()
      await forks?.close()
    },
  }
}

// Some variables change how an interpreter comes up; one that is up already would not notice.
const reachesInterpreter = (env: Readonly<Record<string, string>>) =>
  Object.keys(env).some((name) =>
    /^(PYTHON|NODE|RUBY|GEM|BUNDLE|LD_|LC_|LANG|TZ|MALLOC|GLIBC|UV_|OPENSSL|SSL_)/.test(name),
  )

// The bounds may be too tight even for an interpreter that only waits; from nothing it then ends as it must.
const isBound = async (place: Place, program: Program): Promise<boolean> => {
  try {
    place.bound(boundsOf(program.limits))
    return true
  } catch {
    await place.discard()
    return false
  }
}
