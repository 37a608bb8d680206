import { closeSync, constants, openSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { Aside, openAside } from './aside.ts'
import type { Group } from './cgroup/cgroup.ts'
import { ForkServer, type Haste, type Made } from './fork-server.ts'
import { isolationCalls } from './isolation.ts'
import { encodeInterpreter, kernelCalls, type Step } from './job.ts'
import { mailbox } from './mailbox.ts'
import { type Cell, forkServerArguments } from './profile.ts'
import type { Launch, Sandbox } from './sandbox-process.ts'
import { seccompFilter } from './seccomp/filter.ts'
import { forkServerFilter } from './seccomp/fork-server-filter.ts'
import type { Lease } from './uids.ts'

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

/** Makes sandboxes by forks of a process that is up, one server for each kind. */
export interface Forks {
  /** Forks of the interpreter itself, which wait. */
  ofInterpreter(cell: Cell, lease: () => Lease, interpreter: Step, haste: Haste): Launch
  /** Forks of our own first process; with an interpreter, it brings that up, which waits. */
  ofInit(cell: Cell, lease: () => Lease, interpreter: Step | null): Launch
  close(): Promise<void>
}

const MOST_FORKS = 500
const MOST_MS = 5 * 60_000
const LAUNCHER: Step = { limits: [], env: { LANG: 'C' }, command: ['/usr/bin/perl', '/opt/greenroom/launcher.pl'] }

/** `dataDir` takes a filter that every server runs under; of `trees` the one named `unified` is what forks are born in. */
export const openForks = (bwrap: string, dataDir: string, trees: Readonly<Record<string, string>>): Forks => {
  const filter = join(dataDir, 'fork-server.bpf')
  writeFileSync(filter, forkServerFilter(process.arch), { mode: 0o600 })
  const servers = new Map<string, ForkServer>()
  const all = new Set<ForkServer>()
  const replaced = new WeakSet<ForkServer>()
  const others = Object.keys(trees).filter((name) => name !== 'unified')
  const moveAside = openAside()
  const settings = { ...constantSettings, trees: Object.keys(trees).join(',') }

  const start = (cell: Cell, { env, command }: Step): ForkServer => {
    const opened = openSync(filter, O_RDONLY)
    const server = new ForkServer(bwrap, forkServerArguments(cell, trees, env, command), opened, settings)
    closeSync(opened)
    all.add(server)
    void server.gone.then(() => all.delete(server))
    return server
  }
  // The next one comes up first, so that nobody waits for it.
  const replace = (key: string, worn: ForkServer, begin: () => ForkServer): void => {
    if (replaced.has(worn)) return
    replaced.add(worn)
    const next = begin()
    next.up.then(
      () => {
        // Where the worn one has ended meanwhile, another may have come up already.
        if (servers.get(key) === worn) servers.set(key, next)
        else next.retire()
        worn.retire()
      },
      () => replaced.delete(worn),
    )
  }
  const serverFor = (cell: Cell, process: Step): ForkServer => {
    const key = JSON.stringify([cell.mounts, process])
    const known = servers.get(key)
    if (known && !known.isGone) {
      if (known.isWorn(MOST_FORKS, MOST_MS)) replace(key, known, () => start(cell, process))
      return known
    }
    const server = start(cell, process)
    servers.set(key, server)
    return server
  }
  const launch =
    (cell: Cell, lease: () => Lease, process: Step, opening: Buffer | null, haste: Haste): Launch =>
    async (group: Group) => {
      const held = lease()
      try {
        const [uid, name] = [held.uid!, group.name]
        const calls = isolationCalls({ uid, diskBytes: cell.diskBytes, group: name }, others)
        const made = await serverFor(cell, process).make(uid, name, haste, calls)
        return sandbox(made, opening, held, opening === null ? new Aside(moveAside, made.pid) : null)
      } catch (error) {
        held.release()
        throw error
      }
    }

  return {
    ofInterpreter: (cell, lease, interpreter, haste) => launch(cell, lease, interpreter, null, haste),
    ofInit: (cell, lease, interpreter) => launch(cell, lease, LAUNCHER, encodeInterpreter(interpreter), 'now'),
    close: async () => {
      for (const server of all) server.kill()
      await Promise.all([...all].map((server) => server.gone))
    },
  }
}

const constantSettings = {
  filter: seccompFilter(process.arch).toString('hex'),
  calls: kernelCalls.join(','),
}

/** Opens our ends of the pipes; after that they are nobody's but the sandbox's and ours. */
const openEnds = ({ ends, release }: Made): number[] => {
  const opened: number[] = []
  try {
    for (const [index, path] of ends.entries())
      opened.push(openSync(path, (OURS_WRITE.has(index) ? O_WRONLY : O_RDONLY) | O_NONBLOCK))
    return opened
  } catch (error) {
    for (const fd of opened) closeSync(fd)
    throw error
  } finally {
    release()
  }
}

// Of stdin, stdout, stderr, told, job and, where there is one, what is handed back.
const OURS_WRITE: ReadonlySet<number> = new Set([0, 4])

const sandbox = (made: Made, opening: Buffer | null, lease: Lease, aside: Aside | null): Sandbox => {
  const [stdin, stdout, stderr, toldEnd, jobEnd, backEnd] = openEnds(made) as [
    number,
    number,
    number,
    number,
    number,
    number?,
  ]
  const told = new Socket({ fd: toldEnd, readable: true, writable: false })
  const job = new Socket({ fd: jobEnd, readable: false, writable: true })
  job.on('error', () => {})
  let back: Socket | null = null
  const exited = new Promise<void>((resolve) => told.once('close', resolve))
  return {
    stdin,
    stdout,
    stderr,
    told: mailbox(told),
    isBounded: true,
    aside,
    pid: async () => made.pid,
    open: () => void (opening && job.write(opening)),
    send: (bytes) => void job.write(bytes),
    // Most programs hand nothing back.
    get handedBack() {
      if (backEnd === undefined || back) return back
      back = new Socket({ fd: backEnd, readable: true, writable: false })
      return back.on('error', () => {})
    },
    // Its group does that, which it was born in.
    kill: () => {},
    exited,
    close: () => {
      job.destroy()
      if (back) back.destroy()
      else if (backEnd !== undefined) closeSync(backEnd)
      lease.release()
    },
  }
}
