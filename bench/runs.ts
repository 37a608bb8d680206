import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Greenroom, startGreenroom } from '../test/system/greenroom.ts'
import { cpuOfOthers } from './cpu.ts'
import { rewrite } from './report.ts'
import { measure, type Sample, summarise } from './statistics.ts'
import { runThrough, type Subject, spawnBare, subjects } from './subjects.ts'

type Side = Sample & { cpuMs: number }
type Row = { language: string; load: string; bare: Side; greenroom: Side }
type Load = { name: string; count: number; concurrency: number; pauseMs?: number }

// Both sides take turns in short blocks, so that what else the machine does meets both.
const ROUNDS = 5
const loads = (dose: number): Load[] => [
  { name: 'idle', count: 10 * dose, concurrency: 1, pauseMs: 60 },
  { name: '1', count: 15 * dose, concurrency: 1 },
  { name: '4', count: 30 * dose, concurrency: 4 },
  { name: '16', count: 40 * dose, concurrency: 16 },
]

/** A server that has just started has not compiled its own code yet; one that is used has. */
const WARM = 1000

const emptySide = () => ({ timings: [] as number[], elapsedMs: 0, cpuMs: 0 })

/** One block of runs, added to what its side has so far. */
const block = async (side: ReturnType<typeof emptySide>, one: () => Promise<void>, load: Load) => {
  const before = cpuOfOthers()
  const { timings, elapsedMs } = await measure(one, load)
  side.timings.push(...timings)
  side.elapsedMs += elapsedMs
  side.cpuMs += cpuOfOthers() - before
}

const summed = ({ timings, elapsedMs, cpuMs }: ReturnType<typeof emptySide>): Side => ({
  ...summarise(timings, elapsedMs),
  cpuMs: cpuMs / timings.length,
})

const compare = async ({ url }: Greenroom, subject: Subject, load: Load, file: string): Promise<Row> => {
  const [bare, greenroom] = [emptySide(), emptySide()]
  for (let round = 0; round < ROUNDS; round++) {
    await block(bare, () => spawnBare(subject.bare(file)), load)
    await block(greenroom, () => runThrough(url, subject), load)
  }
  return { language: subject.language, load: load.name, bare: summed(bare), greenroom: summed(greenroom) }
}

const ms = (value: number) => value.toFixed(1)
const ratio = (value: number, floor: number) => (value / floor).toFixed(2)

const line = ({ language, load, bare, greenroom }: Row): string => {
  const latency = `${ms(bare.p50)} / ${ms(bare.p99)} | ${ms(greenroom.p50)} / ${ms(greenroom.p99)}`
  const ratios = `${ratio(greenroom.p50, bare.p50)} / ${ratio(greenroom.p99, bare.p99)}`
  const isIdle = load === 'idle'
  const rate = isIdle ? '-' : `${bare.perSecond.toFixed(0)} | ${greenroom.perSecond.toFixed(0)}`
  const share = isIdle ? '-' : ratio(greenroom.perSecond, bare.perSecond)
  return `| ${language} | ${load} | ${latency} | ${ratios} | ${isIdle ? '- | -' : rate} | ${share} | ${ms(bare.cpuMs)} / ${ms(greenroom.cpuMs)} |`
}

const HEAD = [
  '| language | at once | bare p50 / p99 ms | Greenroom p50 / p99 ms | ratio p50 / p99 | bare runs/s | Greenroom runs/s | ratio | CPU ms a run, bare / Greenroom |',
  '|---|--:|--:|--:|--:|--:|--:|--:|--:|',
]

// A dose, and the languages, of which all are measured for the page.
const dose = Math.max(1, Number(process.argv[2] ?? 2))
const wanted = process.argv.slice(3)
const chosen = subjects.filter(({ language }) => wanted.length === 0 || wanted.includes(language))
const server = await startGreenroom({})
const dir = mkdtempSync(join(tmpdir(), 'bench-'))
try {
  const rows: string[] = []
  for (const subject of chosen) {
    const file = join(dir, `main.${subject.language}`)
    writeFileSync(file, subject.source)
    for (let warm = 0; warm < WARM; warm++) await runThrough(server.url, subject)
    for (const load of loads(dose)) {
      rows.push(line(await compare(server, subject, load, file)))
      console.log(rows.at(-1))
    }
  }
  if (chosen.length === subjects.length) rewrite('runs', [...HEAD, ...rows])
} finally {
  await server.stop()
  rmSync(dir, { recursive: true })
}
