import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { detectRuntimes } from '../config/runtimes.ts'
import type { Executor, Runtime } from '../mixins/executor/executor.ts'
import { memoryAccounts } from '../mixins/executor/remains.ts'
import { openInside, PAUSE_MS, runInside } from './inside.ts'
import { Interpreter } from './interpreters.ts'
import { rewrite } from './report.ts'
import { measure, type Sample, summarise } from './statistics.ts'
import { type Subject, spawnBare, subjects } from './subjects.ts'

const WARM = { memoryBytes: 512 * 1024 * 1024, most: 16 }
const ROUNDS = 5

const printsHi = async (executor: Executor, runtime: Runtime, { source }: Subject, fileName: string) => {
  const { output } = await runInside(executor, runtime, source, fileName)
  if (output !== 'hi\n') throw new TypeError(`${runtime.language} printed otherwise: ${output}`)
}

/** What the sandboxes that wait now take of memory, by the kernel's account of their groups; null where there is none. */
const waitingBytes = (): number | null => {
  const sizes = memoryAccounts().map((path) => Number(readFileSync(path, 'utf8')))
  const used = sizes.filter((size) => size > 0)
  return used.length > 0 ? used.reduce((sum, size) => sum + size, 0) / used.length : null
}

const inTurns = async (
  ways: Record<string, () => Promise<unknown>>,
  count: number,
): Promise<Record<string, Sample>> => {
  const all = Object.fromEntries(Object.keys(ways).map((name) => [name, [] as number[]]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, one] of Object.entries(ways)) {
      const { timings } = await measure(one, { count, concurrency: 1, pauseMs: PAUSE_MS })
      all[name]!.push(...timings)
    }
  }
  return Object.fromEntries(Object.entries(all).map(([name, timings]) => [name, summarise(timings, 1)]))
}

const pair = ({ p50, p99 }: Sample) => `${p50.toFixed(1)} / ${p99.toFixed(1)}`
const added = (sample: Sample, floor: Sample) => (sample.p50 - floor.p50).toFixed(1)
// The whole of a slow run less the median of the floor: what is rare is ours.
const addedTo = (sample: Sample, floor: Sample) => `${added(sample, floor)} / ${(sample.p99 - floor.p50).toFixed(1)}`
const mega = (bytes: number | null) => (bytes === null ? '-' : `${(bytes / 1024 ** 2).toFixed(1)} MB`)

const HEAD = [
  '| language | bare p50 / p99 ms | cold p50 / p99 ms | cold adds | up p50 / p99 ms | warm p50 / p99 ms | warm adds p50 / p99 | bare waits with | warm slot |',
  '|---|--:|--:|--:|--:|--:|--:|--:|--:|',
]

const dose = Math.max(1, Number(process.argv[2] ?? 2))
const chosen = process.argv.slice(3)
const dir = mkdtempSync(join(tmpdir(), 'bench-'))
const rows: string[] = []
const offers = await detectRuntimes()
for (const subject of subjects.filter(({ language }) => chosen.length === 0 || chosen.includes(language))) {
  const offer = offers.find(({ language }) => language === subject.language)
  if (!offer) continue
  const file = join(dir, offer.fileName)
  writeFileSync(file, subject.source)
  const warm = await openInside(join(dir, 'warm'), offer.runtime, WARM)
  const slot = offer.runtime.warm ? waitingBytes() : null
  const cold = await openInside(join(dir, 'cold'), offer.runtime, false)
  const up = offer.runtime.warm ? Interpreter.of(subject) : null
  await up?.run()
  const times = await inTurns(
    {
      ...(up && { up: () => up.run() }),
      bare: () => spawnBare(subject.bare(file)),
      cold: () => printsHi(cold, offer.runtime, subject, offer.fileName),
      warm: () => printsHi(warm, offer.runtime, subject, offer.fileName),
    },
    10 * dose,
  )
  const { bare, warm: waited } = times
  const warmth = times.up ? [pair(times.up), pair(waited!), addedTo(waited!, times.up)] : ['-', '-', '-']
  rows.push(
    `| ${[
      subject.language,
      pair(bare!),
      pair(times.cold!),
      added(times.cold!, bare!),
      ...warmth,
      mega(up?.ownBytes ?? null),
      mega(slot),
    ].join(' | ')} |`,
  )
  console.log(rows.at(-1))
  up?.close()
  await warm.close()
  await cold.close()
}
if (chosen.length === 0) rewrite('executor', [...HEAD, ...rows])
rmSync(dir, { recursive: true })
