import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { eventually } from '../eventually.ts'
import type { Instance } from '../servers/instance.ts'
import { startKafka } from '../servers/kafka.ts'
import { startMongo } from '../servers/mongo.ts'
import { startNats } from '../servers/nats.ts'
import { startRedis } from '../servers/redis.ts'
import { Client } from './client.ts'
import { freePort, TIED } from './greenroom.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const RUNNER = ['node_modules/moleculer/bin/moleculer-runner.mjs', '-c', 'moleculer.config.ts', '-m', '**/*.service.ts']
const READY_MS = 240_000

export type Servers = { nats: Instance; redis: Instance; mongo: Instance; kafka: Instance }

/** One process of the system. */
export type ClusterNode = {
  readonly name: string
  readonly url: string
  readonly client: Client
  readonly pid: number
  /** Whether it answers that it may be sent requests. */
  isReady(): Promise<boolean>
  /** Asks it to leave, and waits until it has; tells its exit code. */
  leave(): Promise<number | null>
  kill(): Promise<void>
  pause(): void
  resume(): void
  /** Starts it again under the same name, after it has ended. */
  restart(): Promise<void>
  log(): string
}

/** Services as processes of their own, on real servers that are theirs alone. */
export type Cluster = {
  readonly servers: Servers
  readonly nodes: ReadonlyMap<string, ClusterNode>
  node(name: string): ClusterNode
  /** Starts one more, e.g. `start('runs-2')`; several services of one process are written `executions+results-1`. */
  start(name: string, env?: Record<string, string>): Promise<ClusterNode>
  close(): Promise<void>
}

// A test that ends badly must not leave processes behind.
const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

const startServers = async (): Promise<Servers> => {
  const [nats, redis, mongo, kafka] = await Promise.all([startNats(), startRedis(), startMongo(), startKafka()])
  return { nats, redis, mongo, kafka }
}

/** Starts the servers and then the named nodes, and resolves when every door among them is ready. */
export const startCluster = async (names: string[], settings: Record<string, string> = {}): Promise<Cluster> => {
  const servers = await startServers()
  const dataDir = mkdtempSync(join(tmpdir(), 'greenroom-cluster-'))
  const shared = {
    GREENROOM_DATA: dataDir,
    GREENROOM_LOG_LEVEL: 'warn',
    GREENROOM_NATS_URL: servers.nats.url,
    GREENROOM_REDIS_URL: servers.redis.url,
    GREENROOM_MONGODB_URL: servers.mongo.url,
    GREENROOM_KAFKA_BROKERS: servers.kafka.url,
    ...settings,
  }
  const nodes = new Map<string, ClusterNode>()
  const cluster: Cluster = {
    servers,
    nodes,
    node: (name) => nodes.get(name) ?? unknown(name),
    async start(name, env = {}) {
      const node = await launch(name, { ...shared, ...env })
      nodes.set(name, node)
      return node
    },
    async close() {
      await Promise.all([...nodes.values()].map((node) => node.leave()))
      await Promise.all(Object.values(servers).map((server) => server.stop()))
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  try {
    await Promise.all(names.map((name) => cluster.start(name)))
    await Promise.all(names.filter((name) => name.startsWith('api')).map((name) => ready(cluster.node(name))))
  } catch (error) {
    // Nobody else knows of it, and what runs would keep the tests from ending.
    await cluster.close()
    throw error
  }
  return cluster
}

const unknown = (name: string): never => {
  throw new TypeError(`There is no node ${name}.`)
}

/** Resolves when a door may be sent requests. */
export const ready = (node: ClusterNode): Promise<void> =>
  eventually(async () => {
    const answer = await fetch(`${node.url}/health/ready`)
    const text = await answer.text()
    if (!answer.ok) throw new TypeError(`${node.name}: ${text}\n${node.log().slice(-2000)}`)
  }, READY_MS)

const launch = async (name: string, settings: Record<string, string>): Promise<ClusterNode> => {
  const services = name.replace(/-\d+$/, '').split('+')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let said = ''
  const begin = () => {
    const folders = services.map((service) => `services/${service}`)
    const own = { GREENROOM_NODE: name, GREENROOM_SERVICES: services.join(','), GREENROOM_PORT: String(port) }
    const { PATH, HOME } = process.env
    const child = spawn('setpriv', [...TIED, process.execPath, ...RUNNER, ...folders], {
      cwd: ROOT,
      env: { PATH, HOME, NODE_COMPILE_CACHE: join(ROOT, '.cache/compile'), ...settings, ...own },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
    children.add(child)
    child.once('exit', () => children.delete(child))
    return child
  }
  let child = begin()
  const ended = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    child.kill('SIGCONT')
    await once(child, 'exit')
  }
  return {
    name,
    url,
    client: new Client(url),
    get pid() {
      return child.pid ?? 0
    },
    isReady: async () => {
      const answer = await fetch(`${url}/health/ready`).catch(() => null)
      await answer?.body?.cancel()
      return answer?.ok ?? false
    },
    async leave() {
      await ended('SIGTERM')
      return child.exitCode
    },
    kill: () => ended('SIGKILL'),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async restart() {
      await ended('SIGTERM')
      child = begin()
    },
    log: () => said,
  }
}
