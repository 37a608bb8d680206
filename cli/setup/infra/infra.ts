import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readEnv } from '../../../config/env.ts'
import { table } from '../../table.ts'
import { inBytes } from '../../words.ts'
import { compose, composeRuns, engineProblem, publishedPort } from './engine.ts'
import { down, type Seen, seen, up } from './native.ts'
import { type Server, ServerRefused } from './server.ts'
import { servers } from './servers.ts'

const base = () => join(readEnv().dataDir, 'infra')
const settingsFile = () => join(base(), 'settings')
const say = (text: string) => process.stderr.write(`${text}\n`)

type Options = { native: boolean; brokers: string; follow: boolean }

/** Starts all servers, writes the settings that attach them and prints these. Returns the exit code. */
const start = async ({ native, brokers }: Options): Promise<number> => {
  if (brokers !== '1' && brokers !== '3') throw new ServerRefused(`--brokers is "${brokers}", but must be 1 or 3.`)
  const problem = native ? null : engineProblem()
  if (problem) say(`${problem} The servers run natively, as with --native.`)
  const isNative = native || problem !== null
  const urls = isNative ? await startNatively(Number(brokers)) : startContainers()
  const lines = urls.map(([{ setting }, url]) => `${setting}=${url}`)
  for (const line of lines) console.log(`export ${line}`)
  if (urls.length < servers.length) return 1
  mkdirSync(base(), { recursive: true })
  writeFileSync(settingsFile(), lines.map((line) => `${line}\n`).join(''))
  say('\nThese settings attach Greenroom to them. ./deploy.sh infra down ends the servers and keeps their data.')
  return 0
}

type Attached = readonly [Server, url: string]

const startNatively = async (brokers: number): Promise<Attached[]> => {
  const starting = servers.map(async (server): Promise<Attached | null> => {
    try {
      if (server.obtain && server.missing()) say(`Getting ${server.name}, once for this machine; it may take minutes…`)
      return [server, await up(base(), server, server.name === 'kafka' ? brokers : 1)]
    } catch (error) {
      if (!(error instanceof ServerRefused)) throw error
      say(`${server.name}: ${error.message}`)
      return null
    }
  })
  return (await Promise.all(starting)).filter((attached) => attached !== null)
}

const startContainers = (): Attached[] => {
  if (compose('up', '--detach', '--wait', ...servers.map(({ name }) => name)) !== 0)
    throw new ServerRefused('Docker Compose could not start the servers; ./deploy.sh infra --native does without it.')
  return servers.map((server) => [server, server.url(server.ports(1).map(() => publishedPort(server.name)))])
}

const stop = async (): Promise<number> => {
  const ended = await Promise.all(servers.map(async (server) => ((await down(base(), server)) ? server.name : null)))
  const names = ended.filter((name) => name !== null)
  // They would lead whoever is started next to nobody.
  rmSync(settingsFile(), { force: true })
  if (names.length > 0) say(`Ended: ${names.join(', ')}. Their data stay in ${base()}.`)
  if (composeRuns()) return compose('down')
  if (names.length === 0) say('No server of this checkout runs.')
  return 0
}

const columns = [
  { title: 'SERVER', cell: ({ name }: Seen) => name },
  { title: 'STATE', cell: ({ pid }: Seen) => (pid === null ? 'DOWN' : 'up') },
  { title: 'PID', cell: ({ pid }: Seen) => String(pid ?? '-') },
  { title: 'MEMORY', cell: ({ memoryBytes }: Seen) => (memoryBytes ? inBytes(memoryBytes) : '-') },
  { title: 'ADDRESS', cell: ({ address }: Seen) => address },
  { title: 'LOG', cell: ({ log }: Seen) => log },
]

const started = async (name?: string): Promise<Seen[]> =>
  (await Promise.all(servers.filter((server) => !name || server.name === name).map((one) => seen(base(), one)))).flat()

/** Returns 1 when a server that was started is down, so that scripts can tell. */
const status = async (): Promise<number> => {
  const rows = await started()
  if (rows.length > 0) console.log(table(columns, rows, process.stdout.columns ?? 160))
  if (composeRuns()) return compose('ps')
  if (rows.length === 0) say('No server of this checkout runs. ./deploy.sh infra starts them.')
  return rows.some(({ pid }) => pid === null) ? 1 : 0
}

const logs = async ({ follow }: Options, name?: string): Promise<number> => {
  const names = servers.map((server): string => server.name)
  if (name && !names.includes(name)) throw new ServerRefused(`There is no server "${name}", only ${names.join(', ')}.`)
  const files = (await started(name)).map(({ log }) => log)
  if (files.length > 0)
    return spawnSync('tail', ['-n', '100', ...(follow ? ['-F'] : []), ...files], { stdio: 'inherit' }).status ?? 1
  if (composeRuns()) return compose('logs', '--tail', '100', ...(follow ? ['--follow'] : []), ...(name ? [name] : []))
  say('No server of this checkout runs.')
  return 0
}

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      native: { type: 'boolean', default: false },
      brokers: { type: 'string', default: '1' },
      follow: { type: 'boolean', short: 'f', default: false },
    },
  })
  const [verb = 'up', name, ...more] = positionals
  if (more.length > 0 || (name && verb !== 'logs'))
    throw new ServerRefused(`infra ${verb} takes no "${more[0] ?? name}".`)
  if (verb === 'up') return start(values)
  if (verb === 'down') return stop()
  if (verb === 'status') return status()
  if (verb === 'logs') return logs(values, name)
  throw new ServerRefused(`infra knows up, down, status and logs, but no "${verb}".`)
}

process.exitCode = await main().catch((error: Error) => {
  say(error.message)
  return 1
})
