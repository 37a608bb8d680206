import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { end, identityOf, isAlive } from '../infra/process.ts'
import { type NodePlan, PlanRefused } from './plan.ts'
import { forget, keep, logOf, type NodeRecord } from './records.ts'

const SCRIPT = resolve(import.meta.dirname, '../../../deploy.sh')
const PATIENCE_MS = 60_000
const TAIL_LINES = 10

/** Starts a node that outlives this process; its former log is kept as `.old`. */
export const launch = async (base: string, { name, services, settings }: NodePlan): Promise<NodeRecord> => {
  const log = logOf(base, name)
  if (existsSync(log)) renameSync(log, `${log}.old`)
  const out = openSync(log, 'w')
  const own = { ...settings, GREENROOM_NODE: name, GREENROOM_SERVICES: services.join(',') }
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
  const record = { name, services, port, process: identityOf(child.pid ?? 0) }
  keep(base, record)
  return record
}

/** Asks a node to leave, and waits until it has: it takes nothing more, and finishes or hands back what it has. */
export const leave = async (base: string, { name, process }: NodeRecord, patienceMs: number): Promise<void> => {
  await end(process, 'SIGTERM', patienceMs)
  forget(base, name)
}

/** Resolves when a door is open and everything behind it answers; throws a sentence when the node has ended instead. */
export const untilReady = async (base: string, { name, port, process }: NodeRecord, host: string): Promise<void> => {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await pause(100)) {
    if (!isAlive(process)) throw new PlanRefused(`${name} has ended:\n${tail(base, name)}`)
    if (port === null || (await isReady(`http://${host}:${port}/health/ready`))) return
  }
  throw new PlanRefused(`${name} is not ready yet; http://${host}:${port}/health says why.`)
}

const isReady = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok
  } catch {
    // Nobody listens yet.
    return false
  }
}

/** The last lines that a node has written. */
export const tail = (base: string, name: string, lines = TAIL_LINES): string => {
  const log = logOf(base, name)
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : ''
}

export const folderOf = (dataDir: string): string => join(dataDir, 'nodes')
