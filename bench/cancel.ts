import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startGreenroom } from '../test/system/greenroom.ts'
import { submit } from './door.ts'
import { rewrite } from './report.ts'
import { summarise } from './statistics.ts'

// How long a cancellation takes, from the request to the stored state, beside a bare kill until the process is gone.

type Program = { name: string; language: string; source: string; bare: [command: string, flag: string] }

const programs: Program[] = [
  { name: 'computes', language: 'python', source: 'print(1, flush=True)\nwhile True: pass', bare: ['python3', '-c'] },
  {
    name: 'waits',
    language: 'javascript',
    source: 'console.log(1); setInterval(() => {}, 1000)',
    bare: ['node', '-e'],
  },
  {
    name: 'five processes that ignore SIGTERM',
    language: 'bash',
    source: "trap '' TERM; for i in 1 2 3 4; do (trap '' TERM; while :; do sleep 600; done) & done; echo 1; wait",
    bare: ['bash', '-c'],
  },
]

const ROUNDS = 5
const dose = Math.max(1, Number(process.argv[2] ?? 2))

/** Kills a program that has printed; its children are not waited for, which flatters the floor. */
const bareKill = async ({ bare: [command, flag], source }: Program): Promise<number> => {
  const child = spawn(command, [flag, source], { stdio: ['pipe', 'pipe', 'ignore'], detached: true })
  await once(child.stdout, 'data')
  const start = performance.now()
  process.kill(-(child.pid as number), 'SIGKILL')
  await once(child, 'exit')
  return performance.now() - start
}

const show = async (url: string, id: string) =>
  (await (await fetch(`${url}/api/v1/executions/${id}`)).json()) as {
    stdout: string
    state: string
    finishedAt: string | null
  }

const cancelled = async (url: string, { language, source }: Program): Promise<number> => {
  const { id } = await submit(url, { language, source })
  while ((await show(url, id)).stdout === '');
  const start = performance.now()
  await fetch(`${url}/api/v1/executions/${id}/cancel`, { method: 'POST' })
  let view = await show(url, id)
  while (view.finishedAt === null) view = await show(url, id)
  if (view.state !== 'cancelled') throw new TypeError(`The run ended otherwise: ${view.state}`)
  return performance.now() - start
}

const server = await startGreenroom({})
try {
  const rows: string[] = []
  for (const program of programs) {
    const [bare, ours]: [number[], number[]] = [[], []]
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < 4 * dose; i++) bare.push(await bareKill(program))
      for (let i = 0; i < 4 * dose; i++) ours.push(await cancelled(server.url, program))
    }
    const [floor, taken] = [summarise(bare, 1), summarise(ours, 1)]
    const figures = [floor.p50, floor.p99, taken.p50, taken.p99, Math.max(...ours)].map((value) => value.toFixed(1))
    rows.push(
      `| ${program.name} | ${program.language} | ${figures[0]} / ${figures[1]} | ${figures.slice(2).join(' / ')} |`,
    )
    console.log(rows.at(-1))
  }
  rewrite('cancel', [
    '| a program that … | language | bare kill p50 / p99 ms | cancelled p50 / p99 / longest ms |',
    '|---|---|--:|--:|',
    ...rows,
  ])
} finally {
  await server.stop()
}
