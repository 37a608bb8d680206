import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { areFree } from '../../cli/setup/infra/ports.ts'
import { isAlive, signal } from '../../cli/setup/infra/process.ts'
import { records } from '../../cli/setup/nodes/records.ts'
import { startKafka } from '../servers/kafka.ts'
import { startMongo } from '../servers/mongo.ts'
import { startNats } from '../servers/nats.ts'
import { startRedis } from '../servers/redis.ts'
import { freePort } from './greenroom.ts'

const SCRIPT = resolve(import.meta.dirname, '../../cli/setup/nodes/nodes.ts')

/** What `./deploy.sh up`, `restart` and `down` do with nodes, on servers and in a data directory of their own. */
export type NodesCli = {
  readonly doors: readonly string[]
  /** Runs a verb to its end; throws what it said when it failed. */
  run(...words: string[]): Promise<string>
  /** Process ids by the names of the nodes that run. */
  pids(): Record<string, number>
  logs(): string
  close(): Promise<void>
}

const twoPorts = async (): Promise<number> => {
  const port = await freePort()
  return (await areFree([port, port + 1])) ? port : twoPorts()
}

export const startNodesCli = async (settings: Record<string, string> = {}): Promise<NodesCli> => {
  const servers = await Promise.all([startNats(), startRedis(), startMongo(), startKafka()])
  const [nats, redis, mongo, kafka] = servers.map(({ url }) => url)
  const dataDir = mkdtempSync(join(tmpdir(), 'greenroom-nodes-'))
  const base = join(dataDir, 'nodes')
  const port = await twoPorts()
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    GREENROOM_DATA: dataDir,
    GREENROOM_PORT: String(port),
    GREENROOM_LOG_LEVEL: 'warn',
    GREENROOM_NATS_URL: nats,
    GREENROOM_REDIS_URL: redis,
    GREENROOM_MONGODB_URL: mongo,
    GREENROOM_KAFKA_BROKERS: kafka,
    ...settings,
  }
  // They outlive whoever started them, and must not outlive a test.
  const killAll = () => {
    for (const { process } of records(base)) signal(process, 'SIGKILL')
  }
  process.once('exit', killAll)
  const run = async (...words: string[]) => {
    const child = spawn(process.execPath, [SCRIPT, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
    const [code] = await once(child, 'close')
    if (code !== 0) throw new TypeError(`nodes ${words.join(' ')}: ${said}`)
    return said
  }
  return {
    doors: [port, port + 1].map((door) => `http://127.0.0.1:${door}`),
    run,
    pids: () =>
      Object.fromEntries(
        records(base)
          .filter(({ process: { pid, since } }) => isAlive({ pid, since }))
          .map(({ name, process: { pid } }) => [name, pid]),
      ),
    logs: () =>
      readdirSync(base)
        .filter((file) => file.endsWith('.log'))
        .map((file) => `${file}:\n${readFileSync(join(base, file), 'utf8').slice(-1500)}`)
        .join('\n'),
    async close() {
      await run('down').catch(killAll)
      process.off('exit', killAll)
      await Promise.all(servers.map((server) => server.stop()))
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
