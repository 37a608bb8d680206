import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { detectRuntimes } from '../config/runtimes.ts'
import type { Outcome } from '../mixins/executor/executor.ts'
import { openInside, PAUSE_MS, runInside } from './inside.ts'
import { rewrite } from './report.ts'
import { quantile } from './statistics.ts'

// What a program that goes on for long loses in a fork of Node, which compiles and collects on its own thread, beside one from nothing.

const programs: Readonly<Record<string, string>> = {
  'computes with numbers': `let sum = 0
const step = (n) => { let x = n; for (let i = 0; i < 200; i++) x = (x * 1103515245 + 12345) & 0x7fffffff; return x }
for (let n = 0; n < 6e5; n++) sum = (sum + step(n)) | 0
console.log(sum)`,
  'makes and drops objects': `let kept = []
for (let n = 0; n < 5e6; n++) { kept.push({ n, text: 'x' + (n % 1000) }); if (kept.length > 2e4) kept = kept.slice(-1000) }
console.log(kept.length)`,
  'reads and writes JSON': `const rows = Array.from({ length: 3000 }, (_, n) => ({ id: n, name: 'row ' + n, tags: ['a', 'b', String(n)], at: { x: n / 7 } }))
let length = 0
for (let n = 0; n < 60; n++) length += JSON.stringify(JSON.parse(JSON.stringify(rows))).length
console.log(length)`,
  'sorts and looks up': `const words = Array.from({ length: 150000 }, (_, n) => ((n * 2654435761) >>> 0).toString(36))
let hits = 0
for (let round = 0; round < 4; round++) {
  const seen = new Map(words.map((word, n) => [word, n]))
  for (const word of [...words].sort()) hits += seen.get(word) & 1
}
console.log(hits)`,
}

const WARM = { memoryBytes: 256 << 20, most: 4 }

const cpuOf = ({ cpuUserMs, cpuSystemMs }: Outcome['usage']) => cpuUserMs + cpuSystemMs
const middle = (usages: Outcome['usage'][], of: (usage: Outcome['usage']) => number) => quantile(usages.map(of), 0.5)

const rounds = 5 * Math.max(1, Number(process.argv[2] ?? 2))
const dir = mkdtempSync(join(tmpdir(), 'bench-'))
const runtime = (await detectRuntimes()).find(({ language }) => language === 'javascript')!.runtime
const ways = {
  cold: await openInside(join(dir, 'cold'), runtime, false),
  fork: await openInside(join(dir, 'fork'), runtime, WARM),
}
const rows: string[] = []
for (const [name, source] of Object.entries(programs)) {
  const seen: Record<string, Outcome['usage'][]> = { cold: [], fork: [] }
  for (let round = 0; round < rounds; round++)
    for (const [way, executor] of Object.entries(ways)) {
      seen[way]!.push((await runInside(executor, runtime, source, 'main.js')).usage)
      await sleep(PAUSE_MS)
    }
  const [cold, fork] = [seen.cold!, seen.fork!]
  const figures = [({ wallMs }: Outcome['usage']) => wallMs, cpuOf].map((of) => {
    const [before, after] = [middle(cold, of), middle(fork, of)]
    return `${before.toFixed(0)} | ${after.toFixed(0)} | ${(after / before).toFixed(2)}`
  })
  rows.push(`| ${name} | ${figures.join(' | ')} |`)
  console.log(rows.at(-1))
}
for (const executor of Object.values(ways)) await executor.close()
rmSync(dir, { recursive: true })
rewrite('long', [
  '| a program that … | from nothing, wall ms | in a fork | ratio | from nothing, CPU ms | in a fork | ratio |',
  '|---|--:|--:|--:|--:|--:|--:|',
  ...rows,
])
