import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { serverPorts } from '../../cli/setup/infra/ports.ts'
import { eventually } from '../eventually.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const RUNNER = ['node_modules/moleculer/bin/moleculer-runner.mjs', '-c', 'moleculer.config.ts', '-m', '**/*.service.ts']
const START_MS = 240_000

export type Options = {
  env?: Record<string, string>
  /** A directory that the caller keeps; by default a fresh one, removed by `close`. */
  dataDir?: string
}

/** A real server in a process of its own. */
export type Greenroom = {
  readonly url: string
  readonly port: number
  readonly pid: number
  readonly dataDir: string
  /** Asks it to stop and waits until it has; tells its exit code. */
  stop(): Promise<number | null>
  /** Kills it as a crash would, and waits until it is gone. */
  kill9(): Promise<void>
  /** Starts it again on the same port and data; stops it first where it runs. */
  restart(env?: Record<string, string>): Promise<void>
  /** Everything it has written since it was first started. */
  log(): string
  /** Stops it and removes its data. */
  close(): Promise<void>
}

// A test that ends badly must not leave servers behind, not even one that is killed.
export const TIED = ['--pdeathsig', 'KILL']
const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** A port that nobody listens on, and that no connection is given until somebody does. */
export const freePort = async (): Promise<number> => (await serverPorts(1))[0] ?? 0

/** Starts the server's process; what it writes goes to `hear`. */
export const launch = (env: Record<string, string>, hear: (text: string) => void): ChildProcess => {
  const child = spawn('setpriv', [...TIED, process.execPath, ...RUNNER, 'services'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_COMPILE_CACHE: join(ROOT, '.cache/compile'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear)
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

const isOver = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

const gone = async (child: ChildProcess) => {
  if (!isOver(child)) await once(child, 'exit')
}

const isReady = async (url: string, child: ChildProcess, log: () => string) => {
  await eventually(async () => {
    const answer = isOver(child) ? null : await fetch(`${url}/health/ready`)
    await answer?.body?.cancel()
    if (answer && answer.status !== 200) throw new RangeError(`not ready: ${answer.status}`)
  }, START_MS)
  if (isOver(child)) throw new TypeError(`Greenroom has not started: ${log()}`)
}

/** Starts a server on a free port and resolves when it is ready. */
export const startGreenroom = async ({ env = {}, dataDir }: Options = {}): Promise<Greenroom> => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const data = dataDir ?? mkdtempSync(join(tmpdir(), 'greenroom-system-'))
  let said = ''
  const hear = (text: string) => {
    said += text
  }
  const start = (more: Record<string, string> = {}) =>
    launch({ GREENROOM_PORT: String(port), GREENROOM_DATA: data, GREENROOM_LOG_LEVEL: 'warn', ...env, ...more }, hear)
  let child = start()
  let isClosed = false
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await gone(child)
  }
  const server: Greenroom = {
    url,
    port,
    dataDir: data,
    get pid() {
      return child.pid ?? 0
    },
    async stop() {
      await end('SIGTERM')
      return child.exitCode
    },
    kill9: () => end('SIGKILL'),
    async restart(more) {
      await end('SIGTERM')
      if (isClosed) throw new TypeError('This server was closed.')
      child = start(more)
      await isReady(url, child, server.log)
    },
    log: () => said,
    async close() {
      isClosed = true
      await end('SIGTERM')
      if (!dataDir) rmSync(data, { recursive: true, force: true })
    },
  }
  await isReady(url, child, server.log)
  return server
}
