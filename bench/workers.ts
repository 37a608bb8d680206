import { cpus } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { cpuOfTree } from './cpu.ts'
import { figure, whole } from './door.ts'
import { missing, startNodes, untilTrue } from './nodes.ts'
import { rewrite } from './report.ts'
import { measure } from './statistics.ts'

// What one more worker process adds, with programs that sleep, so that the cores of this machine are not what is measured.
const SLOTS = 4
const SLEEP_MS = 1000
const MOST = 4
const REST_MS = 2000
const program = { language: 'python', source: `import time\ntime.sleep(${SLEEP_MS / 1000})\n` }

const lack = missing()
if (lack) {
  console.log(`What one more worker adds is not measured: ${lack}.`)
  process.exit(0)
}
const dose = Math.max(1, Number(process.argv[2] ?? 2))
const settings = { GREENROOM_SLOTS: String(SLOTS) }
const nodes = await startNodes(
  ['api-1', 'coordinator+executions+results-1', 'deadletters+live+replays-1', 'runs-1'],
  settings,
)
const cpuNow = () => [...nodes.pids, ...nodes.serverPids].reduce((sum, pid) => sum + cpuOfTree(pid), 0)
try {
  const rows: string[] = []
  let first = 0
  for (let workers = 1; workers <= MOST; workers++) {
    const slots = workers * SLOTS
    // The green rooms of the others are full again by then.
    await pause(REST_MS)
    const began = performance.now()
    if (workers > 1) await nodes.start(`runs-${workers}`)
    await untilTrue(async () => (await figure(nodes.url, 'slots')) === slots)
    const joined = workers > 1 ? `${((performance.now() - began) / 1000).toFixed(1)} s` : '-'
    for (let warm = 0; warm < 2; warm++)
      await measure(() => whole(nodes.url, program), { count: slots, concurrency: slots })
    const before = cpuNow()
    const count = slots * 3 * dose
    const { elapsedMs } = await measure(() => whole(nodes.url, program), { count, concurrency: 2 * slots })
    const rate = (count / elapsedMs) * 1000
    first ||= rate
    const cores = (cpuNow() - before) / elapsedMs
    const cells = [rate.toFixed(1), (rate / first).toFixed(2), (rate / ((slots * 1000) / SLEEP_MS)).toFixed(2)]
    rows.push(`| ${[workers, slots, joined, ...cells, `${cores.toFixed(1)} of ${cpus().length}`].join(' | ')} |`)
    console.log(rows.at(-1))
  }
  rewrite('workers', [
    '| `runs` processes | slots | works after | runs/s | times the first | share of what sleeping alone allows | cores used by all |',
    '|--:|--:|--:|--:|--:|--:|--:|',
    ...rows,
  ])
} finally {
  await nodes.close()
}
