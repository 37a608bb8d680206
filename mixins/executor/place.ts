import type { Bounds, Cgroups, Cpu, Group, Purpose, Reading, Share } from './cgroup/cgroup.ts'
import { Pipes } from './pipes.ts'
import { complaint, type Launch, type Sandbox } from './sandbox-process.ts'

const READY_MS = 20_000
// A sandbox that has told that it is ready does nothing any more after so long.
const REST_MS = 200

/** A sandbox under bounds of its own that waits for its program. Used once. */
export class Place {
  readonly sandbox: Sandbox
  readonly pipes: Pipes
  readonly #cgroups: Cgroups
  readonly #pid: number
  #group: Group
  #before: Cpu = { cpuUserMs: 0, cpuSystemMs: 0 }
  #resting: NodeJS.Timeout | null = null
  #ended: Promise<void> | undefined

  constructor(sandbox: Sandbox, pipes: Pipes, cgroups: Cgroups, pid: number, group: Group) {
    this.sandbox = sandbox
    this.pipes = pipes
    this.#cgroups = cgroups
    this.#pid = pid
    this.#group = group
  }

  /** Launches a sandbox under bounds and lets it come up; ends it where it does not. */
  static async settle(launch: Launch, cgroups: Cgroups, bounds: Bounds, purpose: Purpose): Promise<Place> {
    const group = cgroups.create(bounds, purpose)
    const sandbox = await launched(launch, group)
    const pipes = new Pipes(sandbox)
    const late = setTimeout(() => {
      group.kill()
      sandbox.kill()
    }, READY_MS)
    try {
      const pid = await sandbox.pid()
      if (sandbox.isBounded || (await joined(group, pid))) sandbox.open()
      const ready = await sandbox.told.next()
      if (ready !== 'R') throw new TypeError(`The sandbox did not come up: ${reason(ready, sandbox)}`)
      const place = new Place(sandbox, pipes, cgroups, pid, group)
      if (purpose === 'wait') place.#rest()
      else place.#before = group.cpu()
      return place
    } catch (error) {
      // What went wrong first is what has to be told; what it leaves is removed with the groups of this driver.
      await end(sandbox, group).catch(() => {})
      pipes.close()
      throw error
    } finally {
      clearTimeout(late)
    }
  }

  // What can be done before there is a program is not done when there is one.
  #rest(): void {
    this.pipes.takeUp()
    this.sandbox.aside?.learn()
    this.#resting = setTimeout(() => {
      try {
        this.#before = this.#group.cpu()
        this.#resting = null
      } catch {
        // It is counted when its program comes.
      }
    }, REST_MS).unref()
  }

  /**
   * Makes a place that waited ready for its program: sets the bounds, and has it wake where it is in nobody's way; counts its
   * usage from here on, or since nothing went on in it.
   */
  bound(bounds: Bounds): void {
    this.#group.bound(bounds)
    if (this.#resting) this.#before = this.#group.cpu()
    this.#stir()
    this.sandbox.aside?.move()
  }

  #stir(): void {
    if (this.#resting) clearTimeout(this.#resting)
    this.#resting = null
  }

  /** Moves the first process, when it is alone, to an account and bounds that begin from nothing. */
  async regroup(bounds: Bounds): Promise<void> {
    const before = this.#group
    this.#group = this.#cgroups.create(bounds, 'program')
    this.#before = this.#group.cpu()
    await this.#group.join(this.#pid)
    await before.remove()
  }

  /** False once its first process is gone. */
  get isAlive(): boolean {
    return !this.sandbox.told.isOver
  }

  /** What the program has used so far. */
  read(): Reading {
    const reading = this.#group.read()
    return {
      ...reading,
      cpuUserMs: reading.cpuUserMs - this.#before.cpuUserMs,
      cpuSystemMs: reading.cpuSystemMs - this.#before.cpuSystemMs,
      // The first process of the sandbox is ours.
      processesPeak: Math.max(0, reading.processesPeak - 1),
    }
  }

  /** What the program has of the CPU while others want it too. */
  share(share: Share): void {
    this.#group.share(share)
  }

  kill(): void {
    this.#group.kill()
    this.sandbox.kill()
  }

  /** Kills all in it; resolves once nothing of it is left but our ends of its three pipes. */
  end(): Promise<void> {
    this.#stir()
    this.#ended ??= end(this.sandbox, this.#group)
    return this.#ended
  }

  /** Ends a place that no program has come to. */
  async discard(): Promise<void> {
    await this.end()
    this.pipes.close()
  }
}

const launched = async (launch: Launch, group: Group): Promise<Sandbox> => {
  try {
    return await launch(group)
  } catch (error) {
    group.kill()
    await group.remove()
    throw error
  }
}

// A first process that failed is gone by now; what it told says why.
const joined = async (group: Group, pid: number): Promise<boolean> => {
  try {
    await group.join(pid)
    return true
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ESRCH') return false
    throw new TypeError(`The kernel does not let a process into its group: ${message}`)
  }
}

const reason = (line: string | null, sandbox: Sandbox) => line?.replace(/^F /, '') ?? complaint(sandbox.stderr)

const end = async (sandbox: Sandbox, group: Group): Promise<void> => {
  group.kill()
  sandbox.kill()
  await sandbox.exited
  await group.remove()
  sandbox.close()
}
