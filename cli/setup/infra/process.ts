import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { endOf } from './build.ts'
import { type Part, ServerRefused } from './server.ts'

/** A process by more than its number, which the system gives to another one when it has ended. */
export type Identity = { readonly pid: number; readonly since: string }

const PATIENCE_MS = 120_000
const LOOK_MS = 20

/** Whether that very process runs, stopped ones included. */
export const isAlive = ({ pid, since }: Identity): boolean => sinceOf(pid) === since

/** A process that was just started. */
export const identityOf = (pid: number): Identity => ({ pid, since: sinceOf(pid) ?? 'gone' })

/** Where a part writes. */
export const logOf = ({ dir, name }: Part): string => join(dir, `${name}.log`)

/**
 * Starts a part; it outlives this process unless it is tied to it. Its former log is kept as `.old`.
 * Resolves when it serves; throws ServerRefused with the end of its log when it ends instead.
 */
export const launch = async (part: Part, tied = false): Promise<Identity> => {
  const process = await begin(part, tied)
  await serving(part, process)
  return process
}

/** The first half of `launch`: the process is there, but may not serve yet. */
export const begin = async (part: Part, tied = false): Promise<Identity> => {
  await mkdir(part.dir, { recursive: true })
  const log = logOf(part)
  await rename(log, `${log}.old`).catch(unlessAbsent)
  const [program, ...args] = [...(tied ? ['setpriv', '--pdeathsig', 'KILL'] : []), ...part.command]
  const out = openSync(log, 'w')
  const child = spawn(program ?? '', args, { cwd: part.dir, detached: !tied, stdio: ['ignore', out, out] })
  closeSync(out)
  const [error] = (await Promise.race([once(child, 'spawn'), once(child, 'error')])) as [Error?]
  if (error) throw new ServerRefused(`${part.name} cannot be started: ${error.message}`)
  child.unref()
  const pid = child.pid ?? 0
  return { pid, since: sinceOf(pid) ?? 'gone' }
}

/** The second half of `launch`. */
export const serving = async (part: Part, process: Identity): Promise<void> => {
  const log = logOf(part)
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await pause(LOOK_MS)) {
    if (part.ready.test(await readFile(log, 'utf8'))) return
    if (!isAlive(process)) throw new ServerRefused(`${part.name} has ended (${log}):\n${await endOf(log)}`)
  }
  await end(process, 'SIGKILL')
  throw new ServerRefused(`${part.name} does not serve after ${PATIENCE_MS / 1000} s (${log}):\n${await endOf(log)}`)
}

/** Sends a signal to that very process; tells whether it was there. */
export const signal = (process: Identity, name: NodeJS.Signals): boolean => {
  if (!isAlive(process)) return false
  try {
    return globalThis.process.kill(process.pid, name)
  } catch (error) {
    // It ended between the look and the signal.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** Sends a signal and waits until the process is gone; one that ignores it for too long is killed. */
export const end = async (process: Identity, name: NodeJS.Signals, patienceMs = 20_000): Promise<void> => {
  signal(process, name)
  // A stopped process ends on no other signal than SIGKILL until it may go on.
  if (name !== 'SIGKILL') signal(process, 'SIGCONT')
  for (const until = performance.now() + patienceMs; isAlive(process); await pause(LOOK_MS))
    if (performance.now() > until) signal(process, 'SIGKILL')
}

/** The boot and the tick of the clock at which a process began; null when there is none, or a dead one nobody waits for. */
const sinceOf = (pid: number): string | null => {
  try {
    // The second field is a name that may hold spaces and brackets.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    // The first thread may be dead while others still hold the ports.
    if (fields[0] === 'Z' && readdirSync(`/proc/${pid}/task`).length === 1) return null
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

const unlessAbsent = (error: NodeJS.ErrnoException) => {
  if (error.code !== 'ENOENT') throw error
}
