import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Env, readEnv } from '../../../config/env.ts'
import { refuseAlone } from '../../../config/node.ts'
import { checkout } from '../../../config/settings.ts'
import { table } from '../../table.ts'
import { addressOf } from '../address.ts'
import { isAlive } from '../infra/process.ts'
import { doorsOf, folderOf, healthAt, launch, leave, untilReady } from './node.ts'
import { type NodePlan, PlanRefused, planOf, wantedOf } from './plan.ts'
import { type NodeRecord, records } from './records.ts'
import { roll } from './rolling.ts'

const SPARE_MS = 30_000

const known = (): string[] =>
  readdirSync(join(checkout, 'services'))
    .filter((name) => existsSync(join(checkout, 'services', name, `${name}.service.ts`)))
    .sort()

type Here = { base: string; host: string; drainMs: number }

/** Starts what is wanted and does not run, and ends what runs and is wanted no more. */
const up = async (env: Env, here: Here, words: string[]): Promise<void> => {
  const plans = planOf(wantedOf(words, known()), env)
  for (const { services } of plans) refuseAlone({ ...env, services })
  const running = records(here.base).filter(({ process }) => isAlive(process))
  const fresh = plans.filter(({ name }) => !running.some((node) => node.name === name))
  const surplus = running.filter(({ name }) => !plans.some((plan) => plan.name === name))
  // Who works is there before who opens a door, and nobody is sent away before others have come.
  const started = await inOrder(fresh, (plan) => launch(here.base, plan))
  const stays = running.filter((node) => !surplus.includes(node))
  const doors = [...stays, ...started].filter(({ port }) => port !== null)
  const open = doorsOf(doors, here.host)
  await Promise.all(started.map((node) => untilReady(here.base, node, open)))
  await Promise.all(surplus.map((node) => leave(here.base, node, here.drainMs + SPARE_MS)))
  for (const [n, { name }] of doors.entries()) console.log(`${name} is ready at ${open[n]}`)
  console.log(`${plans.length} nodes run; ${started.length} were started, ${surplus.length} ended.`)
}

const inOrder = async (plans: NodePlan[], begin: (plan: NodePlan) => Promise<NodeRecord>) => {
  const begun: NodeRecord[] = []
  for (const plan of plans.toSorted((a, b) => Number(a.services.includes('api')) - Number(b.services.includes('api'))))
    begun.push(await begin(plan))
  return begun
}

const columns = [
  { title: 'NODE', cell: ({ name }: NodeRecord) => name },
  { title: 'STATE', cell: ({ process }: NodeRecord) => (isAlive(process) ? 'running' : 'ENDED') },
  { title: 'PID', cell: ({ process }: NodeRecord) => String(process.pid), alignRight: true as const },
  { title: 'PORT', cell: ({ port }: NodeRecord) => String(port ?? ''), alignRight: true as const },
  { title: 'SERVICES', cell: ({ services }: NodeRecord) => services.join(', ') },
]

const status = async (env: Env, { base, host }: Here): Promise<void> => {
  const nodes = records(base)
  if (nodes.length > 0) console.log(`${table(columns, nodes)}\n`)
  if (nodes.some(({ port, process }) => port === env.port && isAlive(process))) return
  // What dev and start begin keeps no record; whoever started it knows its process.
  const address = addressOf({ host, port: env.port })
  const here = await healthAt(address)
  if (here?.version) console.log(`Greenroom ${here.version} answers at ${address}: ${here.status}.\n`)
}

const notHere = (name: string) => new PlanRefused(`No ${name} runs here; ./deploy.sh up api=2 starts nodes.`)

/** Those of these names, or all where none is named; throws PlanRefused where there is no such node. */
const named = (nodes: NodeRecord[], names: string[]): NodeRecord[] => {
  const unknown = names.find((wanted) => !nodes.some(({ name }) => name === wanted))
  if (unknown !== undefined) throw notHere(unknown)
  return nodes.filter(({ name }) => names.length === 0 || names.includes(name))
}

const down = async (_: Env, { base, drainMs }: Here, names: string[]): Promise<void> => {
  const nodes = named(records(base), names)
  // Doors first: who is let in no more finds nobody missing behind them.
  for (const isDoor of [true, false]) {
    const group = nodes.filter(({ port }) => (port !== null) === isDoor)
    await Promise.all(group.map((node) => leave(base, node, drainMs + SPARE_MS)))
  }
  if (nodes.length > 0) console.log(`${nodes.length} nodes have left.`)
}

/** Replaces what runs, or those that are named, one after the other. */
const restart = async (_: Env, { base, host, drainMs }: Here, names: string[]): Promise<void> => {
  const running = records(base).filter(({ process }) => isAlive(process))
  if (running.length === 0) throw notHere('node')
  await roll(named(running, names), { base, host, patienceMs: drainMs + SPARE_MS })
}

const verbs: Record<string, typeof up> = { up, status, down, restart }

const main = async ([verb = '', ...words]: string[]): Promise<void> => {
  const env = readEnv()
  await verbs[verb]?.(env, { base: folderOf(env.dataDir), host: env.host, drainMs: env.drainMs }, words)
}

await main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
