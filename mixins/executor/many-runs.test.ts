import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { detectLanguages } from '../../config/runtimes.ts'
import { dose } from '../../test/dose.ts'
import { seeded } from '../../test/random.ts'
import { type Case, Lab } from './lab.ts'
import { descriptors, driversIn, eventually, groupsOf, mounts, processes } from './remains.ts'

const RUNS = 1000 * dose
const AT_ONCE = 6
const MiB = 1 << 20

const { runtimes } = await detectLanguages()
const found = (language: string) => runtimes.find((one) => one.language === language)
const WARM_KINDS = 3
const EACH = 2
const lab = new Lab({ concurrency: AT_ONCE, warm: { memoryBytes: 64 * MiB, most: EACH } })
const before = { mounts: mounts(), descriptors: descriptors() }
const refusal = found('python') ? await lab.refusal() : 'Python is not installed'
const here = refusal === null ? describe : describe.skip

afterAll(() => lab.close())

type Kind = { language: string; what: Case; ends: string; cancelled?: true; often?: number }

// As long as nobody else on this machine sleeps.
const LONG = `77.${process.pid}`
const DAEMONS = `sleep ${LONG} & (setsid sleep ${LONG} &); echo x > f; echo hi`
const kinds: Kind[] = [
  { language: 'python', what: { source: 'print(1)' }, ends: 'exit', often: 14 },
  { language: 'python', what: { source: 'open("x", "w").write("x"); raise SystemExit(3)' }, ends: 'exit', often: 4 },
  { language: 'python', what: { source: 'import time; time.sleep(77)' }, ends: 'cancelled', cancelled: true, often: 2 },
  { language: 'python', what: { source: 'import time; time.sleep(77)', limits: { wallMs: 50 } }, ends: 'wall_timeout' },
  { language: 'python', what: { source: 'while True: pass', limits: { cpuMs: 50 } }, ends: 'cpu_timeout' },
  { language: 'python', what: { source: 'bytearray(1 << 28)', limits: { memoryBytes: 24 * MiB } }, ends: 'oom' },
  { language: 'python', what: { source: 'print("x" * 9999)', limits: { outputBytes: 99 } }, ends: 'output_limit' },
  {
    language: 'python',
    what: {
      source: 'open("out/a", "w").write("x" * 9999)',
      artifacts: { directory: 'out', mostFiles: 9, mostBytes: MiB },
    },
    ends: 'exit',
  },
  { language: 'bash', what: { source: 'kill -9 $$' }, ends: 'signal' },
  { language: 'bash', what: { source: DAEMONS }, ends: 'exit', often: 2 },
  { language: 'bash', what: { source: `${DAEMONS}; sleep ${LONG}` }, ends: 'cancelled', cancelled: true },
  { language: 'ruby', what: { source: 'puts 1' }, ends: 'exit' },
  { language: 'javascript', what: { source: 'console.log(1)' }, ends: 'exit' },
  { language: 'c', what: { source: 'int main(void) { this is not C }' }, ends: 'compile' },
]

const drawn = kinds
  .filter(({ language }) => found(language))
  .flatMap((kind) => Array(kind.often ?? 1).fill(kind) as Kind[])

const runOne = async ({ language, what, ends, cancelled }: Kind, patienceMs: number) => {
  const { runtime, fileName } = found(language)!
  const { running, seen } = lab.begin(runtime, fileName, what)
  if (cancelled) setTimeout(() => running.cancel(), patienceMs)
  else running.closeStdin()
  const { ending } = (await seen).outcome
  expect([language, what.source, ending]).toEqual([language, what.source, expect.objectContaining({ cause: ends })])
}

here(`after ${RUNS} runs of every kind, several at once`, () => {
  it('no process, mount, group, file or descriptor is left', async () => {
    await seeded(async (random) => {
      let left = RUNS
      const lane = async () => {
        while (left-- > 0) await runOne(random.pick(drawn), random.below(80))
      }
      await Promise.all(Array.from({ length: AT_ONCE }, lane))
    })
    // Only what waits for the next program, alive.
    const waiting = await eventually(
      () => groupsOf(process.pid),
      (groups) => groups.every(({ members }) => members > 0),
    )
    expect(waiting.filter(({ members }) => members === 0)).toEqual([])
    expect(new Set(waiting.map(({ name }) => name)).size).toBeLessThanOrEqual(WARM_KINDS * EACH)
    expect(await eventually(mounts, (count) => count <= before.mounts)).toBeLessThanOrEqual(before.mounts)
    expect(processes(LONG)).toBe(0)
    const kept = ['builds', 'fork-server.bpf', 'seccomp.bpf']
    expect(readdirSync(lab.dataDir).filter((name) => !kept.includes(name))).toEqual(['pipes'])
    await lab.executor.close()
    expect(driversIn(process.pid)).toBe(false)
    expect(readdirSync(join(lab.dataDir, 'pipes'))).toEqual([])
    const open = await eventually(descriptors, (count) => count <= before.descriptors)
    expect(open).toBeLessThanOrEqual(before.descriptors)
  })
})
