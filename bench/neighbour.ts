import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { detectLanguages } from '../config/runtimes.ts'
import type { Attack } from '../mixins/executor/hostile/attack.ts'
import { endless } from '../mixins/executor/hostile/endless.ts'
import { harm, neighbour } from '../mixins/executor/hostile/neighbour.ts'
import { allAttacks, concrete } from '../mixins/executor/hostile/suite.ts'
import { Lab } from '../mixins/executor/lab.ts'
import { rewrite } from './report.ts'
import { quantile } from './statistics.ts'

// Long enough for an attack to be in full swing, where it lasts that long.
const HEAD_START_MS = 120

const dose = Math.max(1, Number(process.argv[2] ?? 1))
// The median of a few is one attack's luck.
const rounds = 20 * dose
const { runtimes } = await detectLanguages()
const python = runtimes.find(({ language }) => language === 'python')
if (!python) throw new TypeError('The neighbour is written in Python, which is not installed.')
const lab = new Lab({ warm: false })
await lab.executor.open()
const servers = [createServer().listen(0, '127.0.0.1'), createServer().listen(`\0greenroom-${process.pid}`)]

type Beside = { title: string; language: string; alone: number; beside: number }

/** How long a neighbour takes, in ms. */
const take = async () => {
  const seen = await neighbour(lab, python.runtime)
  const harmed = harm(seen)
  if (harmed) throw new TypeError(`A neighbour ${harmed}.`)
  return seen.took
}

/** One neighbour after the other, alone and beside an attack in turns; the medians of both. */
const compare = async (attack: Attack): Promise<Beside | null> => {
  const found = runtimes.find(({ language }) => language === attack.language)
  if (!found) return null
  const alone: number[] = []
  const beside: number[] = []
  for (let round = 0; round < rounds; round++) {
    alone.push(await take())
    const what = { source: concrete(attack.source, servers[0]!), limits: attack.limits }
    const { running, seen } = lab.begin(found.runtime, found.fileName, what)
    running.closeStdin()
    await Promise.race([seen, sleep(HEAD_START_MS)])
    beside.push(await take())
    running.cancel()
    await seen
  }
  const { title, language } = attack
  return { title, language, alone: quantile(alone, 0.5), beside: quantile(beside, 0.5) }
}

const ratioOf = ({ alone, beside }: Beside) => beside / alone

try {
  for (let warm = 0; warm < 5; warm++) await take()
  const seen: Beside[] = []
  for (const attack of [...endless, ...allAttacks]) {
    const one = await compare(attack)
    if (one) seen.push(one)
  }
  seen.sort((one, two) => ratioOf(two) - ratioOf(one))
  const within = seen.filter((one) => ratioOf(one) <= 1.5).length
  const worst = seen.slice(0, 12)
  rewrite('neighbour', [
    `${within} of ${seen.length} programs leave the neighbour within 1.5 times of what it takes alone; the ${worst.length} worst:`,
    '',
    '| a program that tries to … | language | alone p50 ms | beside it p50 ms | ratio |',
    '|---|---|--:|--:|--:|',
    ...worst.map((one) => {
      const { title, language, alone, beside } = one
      return `| ${title} | ${language} | ${alone.toFixed(1)} | ${beside.toFixed(1)} | ${ratioOf(one).toFixed(2)} |`
    }),
  ])
  console.log(`${within} of ${seen.length} within 1.5`)
  for (const one of worst) console.log(ratioOf(one).toFixed(2), one.language, one.title)
} finally {
  for (const server of servers) server.close()
  await lab.close()
}
