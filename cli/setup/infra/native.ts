import { mkdir, readFile } from 'node:fs/promises'
import { areFree, serverPorts } from './ports.ts'
import { begin, end, type Identity, isAlive, logOf, serving } from './process.ts'
import { folderOf, forget, keep, partsOf, read } from './records.ts'
import { type Part, type Server, ServerRefused } from './server.ts'

/** A process of a server as `status` shows it. */
export type Seen = { name: string; pid: number | null; memoryBytes: number; log: string; address: string }

const isUp = (process: Identity | undefined): process is Identity => process !== undefined && isAlive(process)

/**
 * Starts what does not run of a server, on the data and the ports it had before where it can; resolves with the value of
 * its setting when all of it serves. Throws ServerRefused with a sentence that tells what is in the way.
 */
export const up = async (base: string, server: Server, members: number): Promise<string> => {
  await server.obtain?.()
  const missing = server.missing()
  if (missing) throw new ServerRefused(missing)
  const dir = folderOf(base, server)
  await mkdir(dir, { recursive: true })
  const known = await read(base, server)
  const running = known ? partsOf(base, server, known).filter(([, process]) => isUp(process)) : []
  const ports = known && running.length > 0 ? known.ports : await choose(known?.ports, server.ports(members))
  if (ports.length !== server.ports(members).length)
    throw new ServerRefused(`It runs with another number of members; to change that, end it and remove ${dir}.`)
  await server.prepare?.(dir, ports)
  const parts = partsOf(base, server, { ports, processes: known?.processes ?? {} })
  const now: [Part, Identity][] = []
  for (const [part, process] of parts) {
    now.push([part, isUp(process) ? process : await begin(part)])
    await keep(base, server, { ports, processes: Object.fromEntries(now.map(([{ name }, one]) => [name, one])) })
  }
  await Promise.all(now.map(([part, process]) => serving(part, process)))
  return server.url(ports)
}

/** Ends every process of a server and waits for it; its data stay. Tells whether any ran. */
export const down = async (base: string, server: Server): Promise<boolean> => {
  const record = await read(base, server)
  const running = Object.values(record?.processes ?? {}).filter(isUp)
  await Promise.all(running.map((process) => end(process, 'SIGTERM')))
  await forget(base, server)
  return running.length > 0
}

/** The processes of a server that was started, those that have died since included. */
export const seen = async (base: string, server: Server): Promise<Seen[]> => {
  const record = await read(base, server)
  if (!record) return []
  return Promise.all(
    partsOf(base, server, record).map(async ([part, process], i) => ({
      name: part.name,
      pid: isUp(process) ? process.pid : null,
      memoryBytes: isUp(process) ? await memoryOf(process.pid) : 0,
      log: logOf(part),
      address: `127.0.0.1:${record.ports[i]}`,
    })),
  )
}

const memoryOf = async (pid: number): Promise<number> => {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes ?? 0) * 1024
}

/** The ports it had, else those it prefers, else any: the first of these that are free. */
const choose = async (known: readonly number[] | undefined, preferred: number[]): Promise<readonly number[]> => {
  if (known?.length === preferred.length && (await areFree(known))) return known
  return (await areFree(preferred)) ? preferred : serverPorts(preferred.length)
}
