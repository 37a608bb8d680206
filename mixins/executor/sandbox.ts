import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { publishAgents } from './agents.ts'
import { openCache } from './cache.ts'
import { openCells } from './cells.ts'
import type { Cgroups } from './cgroup/cgroup.ts'
import { noCgroups } from './cgroup/none.ts'
import { openCgroups } from './cgroup/open.ts'
import { bwrapCheck } from './checks.ts'
import { coldLauncher } from './cold.ts'
import { openCompileCache } from './compile-cache.ts'
import type { Check, Executor, Program, Running, Runtime, Sink } from './executor.ts'
import { Expected } from './expected.ts'
import { type Fifos, openFifos } from './fifos.ts'
import { openForks } from './forked.ts'
import { GreenRoom, type GreenRoomOptions } from './green-room.ts'
import type { Place } from './place.ts'
import { type Found, openPlaces, type Places } from './places.ts'
import { refusalOf } from './refusals.ts'
import { Run } from './run.ts'
import { seccompFilter } from './seccomp/filter.ts'
import { selfTest } from './self-test.ts'
import { type Slots, slotsOf } from './slots.ts'
import { uidsFrom } from './uids.ts'
import { type Begun, refused, whenFree } from './waiting.ts'

export type SandboxOptions = {
  /** Private folder for pipes and the like. */
  dataDir: string
  /** Folder for copies and prepared files that every user may read; shared by all processes of this machine. */
  cacheDir: string
  /** Programs that run at the same time; more wait for a place. */
  concurrency: number
  /** `trusted-rlimits` bounds each process but not their sum, and must be asked for by name. */
  limitsBy: 'cgroups' | 'trusted-rlimits'
  bwrap?: string
  /** First of the host users that sandboxes run under when Greenroom itself is root, one for each. */
  firstUid?: number
  /** What may wait with its interpreter up; false where every run is to be from nothing. */
  warm?: GreenRoomOptions | false
  /** False where bubblewrap is to make every sandbox, as it does for whoever is not root. */
  forks?: boolean
  /** Room for compiled programs that are kept for the next run of the same sources; 0 keeps none. */
  compileCacheBytes?: number
  /** Made ready in the background right after opening. */
  runtimes?: readonly Runtime[]
}

// Nothing in it is alive by then: whoever waits for the result comes before its remains.
const CLEAR_AFTER_MS = 10

type Machinery = { cgroups: Cgroups; fifos: Fifos; places: Places; expected: Expected; slots: Slots }

/** Runs programs in sandboxes on this machine. */
export const sandboxExecutor = (options: SandboxOptions): Executor => new SandboxExecutor(options)

class SandboxExecutor implements Executor {
  readonly #options: SandboxOptions
  readonly #running = new Set<Running>()
  readonly #ending = new Set<Promise<void>>()
  #machinery: Machinery | null = null
  #tested: Check[] = []

  constructor(options: SandboxOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    this.#machinery = await assemble(this.#options)
    const { cgroups, places } = this.#machinery
    try {
      this.#tested = await selfTest(this, cgroups.kind)
    } catch (error) {
      await this.close()
      throw error
    }
    places.prepare(this.#options.runtimes ?? [])
  }

  async checks(): Promise<Check[]> {
    return this.#tested
  }

  expect(program: Program): void {
    if (refusalOf(program) === null) this.#machinery?.expected.add(program)
  }

  start(program: Program, sink: Sink): Running {
    const run = this.#start(program, sink)
    this.#running.add(run)
    void run.ended.then(() => this.#running.delete(run))
    return run
  }

  async close(): Promise<void> {
    const running = [...this.#running]
    for (const run of running) run.cancel()
    await Promise.all(running.map((run) => run.ended))
    await this.#machinery?.expected.close()
    await this.#machinery?.places.close()
    await Promise.all(this.#ending)
    this.#machinery?.fifos.close()
    await this.#machinery?.cgroups.close()
    this.#machinery = null
  }

  #start(program: Program, sink: Sink): Running {
    const refusal = refusalOf(program)
    const machinery = this.#machinery
    if (refusal !== null || !machinery) return refused(refusal ?? 'The executor is not open.')
    return whenFree(machinery.slots, () => this.#begin(machinery, program, sink))
  }

  async #begin({ places, expected }: Machinery, program: Program, sink: Sink): Promise<Begun> {
    const ahead = await expected.take(program.id)
    const waiting = ahead === undefined ? await places.waiting(program) : ahead
    const found = waiting ?? (await places.fromNothing(program))
    const begun = this.#handOver(found, program, sink)
    if (!found.waited || (await hasBegun(begun.run, found.place))) return begun
    // One that died while it waited has not seen the program.
    return this.#handOver(await places.fromNothing(program), program, sink)
  }

  #handOver(found: Found, program: Program, sink: Sink): Begun & { run: Run } {
    const { place, task } = found
    const run = new Run(program, found, sink)
    const outcome = run.outcome().finally(() => {
      const cleared = sleep(CLEAR_AFTER_MS).then(() => clear(run, place))
      this.#later('A sandbox could not be cleared away', cleared)
      if (run.built && task.kept) this.#later('A compiled program could not be kept', task.kept.keep(run.built))
    })
    return { run, input: run.input, stop: () => run.stop('cancelled'), outcome }
  }

  // The program is over by now; what is left to do need not keep its result waiting.
  #later(problem: string, work: Promise<void>): void {
    const done = work.catch((error: Error) => console.error(`${problem}:`, error))
    this.#ending.add(done)
    void done.then(() => this.#ending.delete(done))
  }
}

const clear = (run: Run, place: Place): Promise<void> => {
  run.close()
  return place.end()
}

// One that does not even take its program in this time never will.
const HAND_OVER_MS = 10_000

const hasBegun = async (run: Run, place: Place): Promise<boolean> => {
  const late = setTimeout(() => place.kill(), HAND_OVER_MS)
  try {
    return await run.hasBegun
  } finally {
    clearTimeout(late)
  }
}

const usual: GreenRoomOptions = { memoryBytes: 256 << 20, most: 16 }

const assemble = async (options: SandboxOptions): Promise<Machinery> => {
  const { dataDir, cacheDir, concurrency, limitsBy, bwrap = 'bwrap', firstUid = 60_000, warm = usual } = options
  const { compileCacheBytes = 256 << 20, forks = true } = options
  const path = await bwrapCheck(bwrap)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const cache = openCache(cacheDir)
  const filter = join(dataDir, 'seccomp.bpf')
  writeFileSync(filter, seccompFilter(process.arch), { mode: 0o600 })
  const cells = await openCells(cache, await publishAgents(cache))
  const cgroups = limitsBy === 'cgroups' ? await openCgroups() : noCgroups()
  const fifos = openFifos(dataDir)
  const uids = uidsFrom(firstUid)
  const slots = slotsOf(concurrency)
  const places = openPlaces({
    cells,
    cgroups,
    uids,
    cold: coldLauncher(path, filter, fifos),
    forks: forks && process.getuid?.() === 0 && cgroups.kills ? openForks(path, dataDir, cgroups.trees) : null,
    compileCache: compileCacheBytes > 0 ? openCompileCache(join(dataDir, 'builds'), compileCacheBytes) : null,
    greenRoom: warm === false ? null : new GreenRoom(warm, () => slots.taken + expected.size),
  })
  const expected: Expected = new Expected((program) => places.waiting(program))
  return { cgroups, fifos, places, expected, slots }
}
