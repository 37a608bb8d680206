import { startGreenroom } from '../test/system/greenroom.ts'
import { cpuOfTree } from './cpu.ts'
import { figure, submit, whole } from './door.ts'
import { missing, startNodes, untilTrue } from './nodes.ts'
import { rewrite } from './report.ts'
import { measure, quantile, summarise } from './statistics.ts'

// The same runs in one process on its data file, and by nodes on real servers, in alternating blocks.
const ROUNDS = 4
const SLOTS = 4
const NODES = ['api-1', 'coordinator-1', 'executions+results-1', 'deadletters+live+replays-1', 'runs-1']
const program = { language: 'python', source: 'print("hi")\n' }
const sleeper = { language: 'bash', source: 'sleep 3600', limits: { wallMs: 3_600_000 } }

const lack = missing()
if (lack) {
  console.log(`Nodes on real servers are not measured: ${lack}.`)
  process.exit(0)
}
// `node bench/distributed.ts DOSE runs` measures one of the two tables, `runs` or `acceptance`.
const dose = Math.max(1, Number(process.argv[2] ?? 2))
const isWanted = (table: string) => [undefined, table].includes(process.argv[3])
const settings = { GREENROOM_SLOTS: String(SLOTS), GREENROOM_QUEUE_LIMIT: '100000' }
const [one, nodes] = await Promise.all([startGreenroom({ env: settings }), startNodes(NODES, settings)])

const cpuOf = (pids: readonly number[]) => pids.reduce((sum, pid) => sum + cpuOfTree(pid), 0)
type Side = { url: string; cpu: () => number; servers: () => number }
const sides: Record<'alone' | 'apart', Side> = {
  alone: { url: one.url, cpu: () => cpuOfTree(one.pid), servers: () => 0 },
  apart: { url: nodes.url, cpu: () => cpuOf(nodes.pids), servers: () => cpuOf(nodes.serverPids) },
}
type Load = { name: string; count: number; concurrency: number; pauseMs?: number }
type Seen = { took: number[]; added: number[]; elapsedMs: number; cpuMs: number; serversMs: number }

const block = async ({ url, cpu, servers }: Side, seen: Seen, load: Load) => {
  const before = [cpu(), servers()] as const
  const run = async () => {
    const { tookMs, addedMs } = await whole(url, program)
    seen.took.push(tookMs)
    seen.added.push(addedMs)
  }
  seen.elapsedMs += (await measure(run, load)).elapsedMs
  seen.cpuMs += cpu() - before[0]
  seen.serversMs += servers() - before[1]
}

const compare = async (load: Load): Promise<[Seen, Seen]> => {
  const empty = (): Seen => ({ took: [], added: [], elapsedMs: 0, cpuMs: 0, serversMs: 0 })
  const seen: [Seen, Seen] = [empty(), empty()]
  for (let round = 0; round < ROUNDS; round++) {
    await block(sides.alone, seen[0], load)
    await block(sides.apart, seen[1], load)
  }
  return seen
}

const pair = (values: number[]) => `${quantile(values, 0.5).toFixed(1)} / ${quantile(values, 0.99).toFixed(1)}`
const line = ({ name }: Load, [alone, apart]: [Seen, Seen]) => {
  const per = (seen: Seen, ms: number) => (ms / seen.took.length).toFixed(1)
  const rate = ({ took, elapsedMs }: Seen) => ((took.length / elapsedMs) * 1000).toFixed(0)
  const times = (quantile(apart.added, 0.5) / quantile(alone.added, 0.5)).toFixed(1)
  const cells = [name, pair(alone.took), pair(apart.took), pair(alone.added), pair(apart.added), times]
  const rates = name === 'idle' ? ['-', '-'] : [rate(alone), rate(apart)]
  const cpu = [per(alone, alone.cpuMs), `${per(apart, apart.cpuMs)} + ${per(apart, apart.serversMs)}`]
  return `| ${[...cells, ...rates, ...cpu].join(' | ')} |`
}

/** Runs accepted per second while every slot is taken, so that nothing but accepting is measured. */
const acceptance = async (): Promise<string[]> => {
  for (const { url } of Object.values(sides)) {
    for (let n = 0; n < SLOTS; n++) await submit(url, sleeper)
    await untilTrue(async () => (await figure(url, 'running')) === SLOTS)
  }
  const rows: string[] = []
  for (const concurrency of [1, 16, 64]) {
    const seen = { alone: [[], 0] as [number[], number], apart: [[], 0] as [number[], number] }
    for (let round = 0; round < ROUNDS; round++)
      for (const name of ['alone', 'apart'] as const) {
        const load = { count: (concurrency === 1 ? 15 : 60) * dose, concurrency }
        const { timings, elapsedMs } = await measure(() => submit(sides[name].url, program), load)
        seen[name] = [[...seen[name][0], ...timings], seen[name][1] + elapsedMs]
      }
    const [alone, apart] = [summarise(...seen.alone), summarise(...seen.apart)]
    const rates = [alone.perSecond.toFixed(0), apart.perSecond.toFixed(0)]
    rows.push(`| ${[concurrency, ...rates, pair(seen.alone[0]), pair(seen.apart[0])].join(' | ')} |`)
    console.log(rows.at(-1))
  }
  return rows
}

const runs = async (): Promise<string[]> => {
  const rows: string[] = []
  const loads: Load[] = [
    { name: 'idle', count: 6 * dose, concurrency: 1, pauseMs: 60 },
    { name: '1', count: 8 * dose, concurrency: 1 },
    { name: '4', count: 15 * dose, concurrency: 4 },
    { name: '16', count: 20 * dose, concurrency: 16 },
  ]
  for (const load of loads) {
    rows.push(line(load, await compare(load)))
    console.log(rows.at(-1))
  }
  return rows
}

try {
  for (const { url } of Object.values(sides)) {
    await untilTrue(async () => (await figure(url, 'slots')) === SLOTS)
    for (let warm = 0; warm < 10; warm++) await whole(url, program)
  }
  if (isWanted('runs'))
    rewrite('distributed', [
      '| at once | one process, p50 / p99 ms | nodes, p50 / p99 ms | added to the program by one process, p50 / p99 ms | added by nodes, p50 / p99 ms | ratio of p50 | one process, runs/s | nodes, runs/s | CPU ms a run, one process | CPU ms a run, nodes + servers |',
      '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
      ...(await runs()),
    ])
  if (isWanted('acceptance'))
    rewrite('acceptance', [
      '| at once | one process, accepted/s | nodes, accepted/s | one process, p50 / p99 ms | nodes, p50 / p99 ms |',
      '|---|--:|--:|--:|--:|',
      ...(await acceptance()),
    ])
} finally {
  await Promise.all([one.close(), nodes.close()])
}
