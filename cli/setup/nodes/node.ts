import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { addressOf } from '../address.ts'
import { end, identityOf, isAlive } from '../infra/process.ts'
import { type NodePlan, PlanRefused } from './plan.ts'
import { forget, keep, logOf, type NodeRecord } from './records.ts'

const SCRIPT = resolve(import.meta.dirname, '../../../deploy.sh')
const PATIENCE_MS = 180_000
const TAIL_LINES = 10

/** Starts a node that outlives this process; its former log is kept as `.old`. The others will know it as `node`. */
export const launch = async (
  base: string,
  { name, services, settings }: NodePlan,
  node = name,
): Promise<NodeRecord> => {
  const log = logOf(base, name)
  if (existsSync(log)) renameSync(log, `${log}.old`)
  const out = openSync(log, 'w')
  const own = { ...settings, GREENROOM_NODE: node, GREENROOM_SERVICES: services.join(',') }
  const child = spawn(SCRIPT, ['start'], {
    env: { ...process.env, ...own },
    detached: true,
    stdio: ['ignore', out, out],
  })
  closeSync(out)
  const [error] = (await Promise.race([once(child, 'spawn'), once(child, 'error')])) as [Error?]
  if (error) throw new PlanRefused(`${name} cannot be started: ${error.message}`)
  child.unref()
  const port = settings.GREENROOM_PORT ? Number(settings.GREENROOM_PORT) : null
  const record = { name, node, services, settings, port, process: identityOf(child.pid ?? 0) }
  keep(base, record)
  return record
}

/** Asks a node to leave, and waits until it has: it takes nothing more, and finishes or hands back what it has. */
export const leave = async (base: string, { name, process }: NodeRecord, patienceMs: number): Promise<void> => {
  await end(process, 'SIGTERM', patienceMs)
  forget(base, name)
}

/**
 * Resolves when a node takes its part: a door is open and everything behind it answers, any other node is known to one of
 * the doors. Throws a sentence when the node has ended instead.
 */
export const untilReady = async (base: string, record: NodeRecord, doors: readonly string[]): Promise<void> => {
  const { name, port, process } = record
  const own = doors.find((door) => door.endsWith(`:${port}`))
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await pause(100)) {
    if (!isAlive(process)) throw new PlanRefused(`${name} has ended:\n${tail(base, name)}`)
    if (own ? await isReady(own) : doors.length === 0 || (await isKnown(record, doors))) return
  }
  throw new PlanRefused(`${name} is not ready yet; ${own ?? doors[0]}/health says why.`)
}

/** Where a node listens that is a door. */
export const doorsOf = (nodes: readonly NodeRecord[], host: string): string[] =>
  nodes.flatMap(({ port }) => (port === null ? [] : [addressOf({ host, port })]))

const isReady = async (door: string): Promise<boolean> => (await asked(`${door}/health/ready`))?.ok ?? false

type Told = { status?: string; version?: string; nodes?: { node: string; services: string[] }[] }

/** What a door tells of itself; null where nobody listens, or somebody else. */
export const healthAt = async (door: string): Promise<Told | null> => {
  const answer = await asked(`${door}/health`)
  // What is no JSON is somebody else's.
  return answer ? (answer.json().catch(() => null) as Promise<Told | null>) : null
}

const isKnown = async ({ node, services }: NodeRecord, doors: readonly string[]): Promise<boolean> => {
  for (const door of doors) {
    const known = await healthAt(door)
    if (!known) continue
    // A door of an earlier version cannot tell.
    if (!known.nodes) return true
    const offered = known.nodes.find((one) => one.node.startsWith(`${node}@`))?.services ?? []
    // Of several coordinators one leads and the others stand by.
    if (services.every((name) => offered.includes(name) || offered.includes(`${name}-candidate`))) return true
  }
  return false
}

const asked = async (url: string): Promise<Response | null> => {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(5000) })
  } catch {
    // Nobody listens yet.
    return null
  }
}

/** The last lines that a node has written. */
export const tail = (base: string, name: string, lines = TAIL_LINES): string => {
  const log = logOf(base, name)
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : ''
}

export const folderOf = (dataDir: string): string => join(dataDir, 'nodes')
