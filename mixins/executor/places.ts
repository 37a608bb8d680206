import type { Cells } from './cells.ts'
import type { Bounds, Cgroups, Purpose } from './cgroup/cgroup.ts'
import type { ColdLauncher } from './cold.ts'
import type { CompileCache, Kept } from './compile-cache.ts'
import { boundsOf, compileLimits } from './compile-limits.ts'
import type { Program, ProgramFile, Runtime } from './executor.ts'
import { FORK_AGAIN_MS, ForkFailed } from './fork-server.ts'
import type { Forks } from './forked.ts'
import type { GreenRoom } from './green-room.ts'
import { openInterpreters } from './interpreters.ts'
import { encodeJob, type Step } from './job.ts'
import { Place } from './place.ts'
import type { Cell } from './profile.ts'
import { coldSteps, warmSteps } from './steps.ts'
import type { Uids } from './uids.ts'

/** What a sandbox is to do, and where what it compiles may be kept. */
export type Task = { steps: readonly Step[]; files: readonly ProgramFile[]; kept: Kept | null }

/** The task of a program, as its sandbox is handed it. */
export const jobOf = ({ artifacts }: Program, { steps, files, kept }: Task): Buffer =>
  encodeJob(steps, files, kept?.mostBytes ?? 0, artifacts)

/** `waited` where it was there before its program, whole or in part; `hasJob` where it was handed that already. */
export type Found = { place: Place; task: Task; waited: boolean; hasJob: boolean }

/** Finds each program a sandbox of its own. */
export interface Places {
  /** One whose interpreter is up; null where none can be had. */
  waiting(program: Program): Promise<Found | null>
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

export const openPlaces = (parts: Parts): Places => {
  const { cells, cgroups, uids, cold, forks, greenRoom, compileCache } = parts
  let failsUntil = 0

  // Where no fork can be had, bubblewrap makes the same from nothing.
  const settle = async (cell: Cell, interpreter: Step | null, bounds: Bounds, purpose: Purpose): Promise<Place> => {
    if (forks && performance.now() >= failsUntil) {
      try {
        return await Place.settle(forks.ofInit(cell, uids.lease, interpreter), cgroups, bounds, purpose)
      } catch (error) {
        if (!(error instanceof ForkFailed)) throw error
        failsUntil = performance.now() + FORK_AGAIN_MS
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
    return { place: await settle(cell, null, bounds, 'program'), task, waited: false, hasJob: false }
  }
  const interpreters = greenRoom && openInterpreters({ ...parts, greenRoom }, settle)

  return {
    waiting: async (program) => {
      const place = await interpreters?.for(program)
      if (!place || !(await isBound(place, program))) return null
      const task = { steps: warmSteps(program), files: program.files, kept: null }
      return { place, task, waited: true, hasJob: false }
    },
    fromNothing,
    prepare: (runtimes) => {
      for (const runtime of runtimes) {
        cells.prepare(runtime)
        interpreters?.prepare(runtime)
      }
    },
    close: async () => {
      await greenRoom?.close()
      await forks?.close()
    },
  }
}

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
