import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { kafka } from '../cli/setup/infra/kafka.ts'
import { mongodb } from '../cli/setup/infra/mongodb.ts'
import { nats } from '../cli/setup/infra/nats.ts'
import { redis } from '../cli/setup/infra/redis.ts'
import { startKafka } from '../test/servers/kafka.ts'
import { startMongo } from '../test/servers/mongo.ts'
import { startNats } from '../test/servers/nats.ts'
import { startRedis } from '../test/servers/redis.ts'
import { freePort, TIED } from '../test/system/greenroom.ts'

const ROOT = resolve(import.meta.dirname, '..')
const RUNNER = ['node_modules/moleculer/bin/moleculer-runner.mjs', '-c', 'moleculer.config.ts', '-m', '**/*.service.ts']
const READY_MS = 120_000

/** What this machine lacks to run nodes; null where it lacks nothing. */
export const missing = (): string | null =>
  [nats, redis, mongodb, kafka].map((server) => server.missing()).find((reason) => reason !== null) ?? null

/** Services as processes of their own, on real servers. */
export type Nodes = {
  /** The first door. */
  readonly url: string
  readonly pids: readonly number[]
  readonly serverPids: readonly number[]
  /** Starts one more and resolves at once: `start('runs-2')`. */
  start(name: string): Promise<void>
  close(): Promise<void>
}

// A measurement that ends badly must not leave processes behind.
const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts the servers and then the named nodes; resolves when the first door is ready. */
export const startNodes = async (names: string[], settings: Record<string, string>): Promise<Nodes> => {
  const servers = await Promise.all([startNats(), startRedis(), startMongo(), startKafka()])
  const [bus, queue, store, log] = servers
  const dataDir = mkdtempSync(join(tmpdir(), 'greenroom-bench-'))
  const shared = {
    ...{ GREENROOM_DATA: dataDir, GREENROOM_LOG_LEVEL: 'warn' },
    ...{ GREENROOM_NATS_URL: bus.url, GREENROOM_REDIS_URL: queue.url },
    ...{ GREENROOM_MONGODB_URL: store.url, GREENROOM_KAFKA_BROKERS: log.url },
    ...settings,
  }
  const running: ChildProcess[] = []
  const start = async (name: string) => {
    const port = await freePort()
    running.push(launch(name, { ...shared, GREENROOM_PORT: String(port) }))
    return `http://127.0.0.1:${port}`
  }
  const [url = ''] = await Promise.all(names.map(start))
  await untilTrue(async () => (await fetch(`${url}/health/ready`)).ok)
  return {
    url,
    get pids() {
      return running.flatMap(({ pid }) => pid ?? [])
    },
    serverPids: servers.flatMap(({ parts }) => parts.map(({ pid }) => pid)),
    start: async (name) => void (await start(name)),
    async close() {
      await Promise.all(running.map(ended))
      await Promise.all(servers.map((server) => server.stop()))
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

const launch = (name: string, settings: Record<string, string>): ChildProcess => {
  const services = name.replace(/-\d+$/, '').split('+')
  const folders = services.map((service) => `services/${service}`)
  const { PATH, HOME } = process.env
  const own = { GREENROOM_NODE: name, GREENROOM_SERVICES: services.join(',') }
  const child = spawn('setpriv', [...TIED, process.execPath, ...RUNNER, ...folders], {
    cwd: ROOT,
    env: { PATH, HOME, NODE_COMPILE_CACHE: join(ROOT, '.cache/compile'), ...settings, ...own },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

const ended = async (child: ChildProcess) => {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Looks again and again until something holds; what throws does not hold yet. */
export const untilTrue = async (holds: () => Promise<boolean>): Promise<void> => {
  for (const until = Date.now() + READY_MS; !(await holds().catch(() => false)); await pause(100))
    if (Date.now() > until) throw new RangeError('What was waited for has not come.')
}
