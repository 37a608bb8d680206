import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serverPorts } from '../../cli/setup/infra/ports.ts'
import { end, type Identity, launch, logOf, signal } from '../../cli/setup/infra/process.ts'
import type { Part, Server } from '../../cli/setup/infra/server.ts'
import { ServerRefused } from '../../cli/setup/infra/server.ts'

/** One process of a server that a test may treat as badly as it likes. */
export type Victim = {
  readonly pid: number
  readonly port: number
  readonly log: string
  /** Kills it as a crash would; its data stay. */
  kill(): Promise<void>
  /** Holds it still: connections stay open, nothing is answered. */
  pause(): void
  resume(): void
  /** Starts it again on its port and data, by default after a kill; resolves when it serves. */
  restart(ending?: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

/** A private server of one test file; it dies with the process of the test at the latest. */
export type Instance = Victim & {
  /** The value of the setting that attaches it. */
  readonly url: string
  readonly dir: string
  /** Its processes: one, or one a broker. What is done to the instance is done to them all. */
  readonly parts: readonly Victim[]
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

export type InstanceOptions = { members?: number; args?: readonly string[] }

export const startInstance = async (
  server: Server,
  { members = 1, args = [] }: InstanceOptions = {},
): Promise<Instance> => {
  const missing = server.missing()
  if (missing) throw new ServerRefused(missing)
  const dir = mkdtempSync(join(tmpdir(), `greenroom-${server.name}-`))
  const ports = await serverPorts(server.ports(members).length)
  const more = (part: Part): Part => ({ ...part, command: [...part.command, ...args] })
  const parts = await begin(server, dir, ports, more)
  const [first] = parts
  if (!first) throw new ServerRefused(`${server.name} has no parts.`)
  return {
    url: server.url(ports),
    dir,
    parts,
    port: first.port,
    log: first.log,
    get pid() {
      return first.pid
    },
    kill: () => all(parts, (part) => part.kill()),
    pause() {
      for (const part of parts) part.pause()
    },
    resume() {
      for (const part of parts) part.resume()
    },
    restart: (ending) => all(parts, (part) => part.restart(ending)),
    async stop() {
      await all(parts, (part) => part.kill())
      await rm(dir, { recursive: true, force: true })
    },
  }
}

const begin = async (server: Server, dir: string, ports: number[], more: (part: Part) => Part): Promise<Victim[]> => {
  try {
    await server.prepare?.(dir, ports)
    return await Promise.all(server.parts(dir, ports).map((part, i) => victim(more(part), ports[i] ?? 0)))
  } catch (error) {
    await rm(dir, { recursive: true, force: true })
    throw error
  }
}

const all = async (parts: readonly Victim[], act: (part: Victim) => Promise<void>): Promise<void> => {
  await Promise.all(parts.map(act))
}

const victim = async (part: Part, port: number): Promise<Victim> => {
  let process: Identity = await launch(part, true)
  return {
    get pid() {
      return process.pid
    },
    port,
    log: logOf(part),
    kill: () => end(process, 'SIGKILL'),
    pause() {
      signal(process, 'SIGSTOP')
      // A thread that runs just then goes on until the signal has reached its CPU.
      while (runs(process.pid));
    },
    resume: () => void signal(process, 'SIGCONT'),
    async restart(ending = 'SIGKILL') {
      await end(process, ending)
      process = await launch(part, true)
    },
  }
}

/** Whether any thread of a process that was told to stop still runs. */
const runs = (pid: number): boolean => readdirSync(`/proc/${pid}/task`).some((thread) => isActive(pid, thread))

const isActive = (pid: number, thread: string): boolean => {
  try {
    return !/^\d+ \(.*\) [TtZX] /s.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1'))
  } catch {
    // It has ended.
    return false
  }
}
