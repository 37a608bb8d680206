import { randomBytes } from 'node:crypto'
import { detectLanguages } from '../../config/runtimes.ts'
import { dose } from '../../test/dose.ts'
import { type Random, seeded } from '../../test/random.ts'
import type { Limits } from './executor.ts'
import { Lab, programOf, roomy } from './lab.ts'
import { refusalOf } from './refusals.ts'
import { driversIn, eventually, groupsOf } from './remains.ts'

const ROUNDS = 120 * dose
const AT_ONCE = 4
const { runtimes } = await detectLanguages()
const bash = runtimes.find(({ language }) => language === 'bash')
const lab = new Lab({ concurrency: AT_ONCE })
const refusal = bash ? await lab.refusal() : 'Bash is not installed'
const here = refusal === null ? describe : describe.skip

afterAll(() => lab.close())

const PARTS = [
  'a',
  'b c',
  '..',
  '.',
  '',
  '-x',
  'é',
  '\0',
  '~',
  '$(id)',
  "'",
  '"',
  '*',
  '\n',
  '🙂',
  '\ud800',
  'x'.repeat(255),
  'x'.repeat(256),
]
const SIZES = [0, 1, 2, 511, 4096, 65_535, 65_536, 65_537, 1 << 20]
const VALUES = [
  1,
  2,
  3,
  10,
  1000,
  4096,
  65_536,
  1 << 20,
  1 << 24,
  1 << 28,
  2 ** 31,
  2 ** 32,
  2 ** 40,
  Number.MAX_SAFE_INTEGER,
]
const WRONG = [0, -1, 1.5, Number.NaN, Infinity, 2 ** 53, '9' as unknown as number]

const text = (random: Random) =>
  random.pick([...PARTS, 'x'.repeat(random.below(5000)), randomBytes(9).toString('latin1')])
const path = (random: Random) =>
  Array.from({ length: 1 + random.below(random.chance(0.05) ? 600 : 4) }, () =>
    random.pick(random.chance(0.8) ? ['a', 'é', '$(id)', 'b c'] : PARTS),
  ).join('/')

const limits = (random: Random): Limits =>
  Object.fromEntries(
    Object.entries({ ...roomy, wallMs: 3000 }).map(([name, usual]) => [
      name,
      random.chance(0.85) ? usual : random.pick(random.chance(0.8) ? VALUES : WRONG),
    ]),
  ) as Limits

/** A program that prints a file of random bytes, with as much of it as strange as the seed has it. */
const drawn = (random: Random) => {
  const data = randomBytes(random.pick(SIZES))
  const others = Array.from({ length: random.below(random.chance(0.05) ? 300 : 4) }, () => [
    path(random),
    randomBytes(random.below(99)),
  ])
  const files: Record<string, Uint8Array> = Object.fromEntries(others)
  files['data.bin'] = data
  files['main.sh'] = Buffer.from('printf %s "$#" >&2; exec cat data.bin')
  const args = Array.from({ length: random.below(5) }, () => text(random))
  const env = Object.fromEntries(Array.from({ length: random.below(3) }, () => [text(random), text(random)]))
  const artifacts = random.chance(0.2) ? { directory: path(random), mostFiles: 3, mostBytes: 1000 } : undefined
  const program = programOf(bash!.runtime, 'main.sh', { files, args, env, artifacts })
  return { data, program: { ...program, limits: limits(random) } }
}

const CAUSES = ['exit', 'signal', 'oom', 'wall_timeout', 'cpu_timeout', 'output_limit', 'disk_limit', 'process_limit']

here(`${ROUNDS} programs drawn at random`, () => {
  it('are refused in a sentence or run to an end that is told, byte for byte, and leave nothing', async () => {
    const seen = { refused: 0, whole: 0, ended: 0 }
    await seeded(async (random) => {
      let left = ROUNDS
      let isOver = false
      // Which kinds are drawn is luck: it goes on until there was one of each.
      const isEnough = () => isOver || (left <= 0 && Object.values(seen).every((count) => count > 0))
      const one = async () => {
        const { data, program } = drawn(random)
        const why = refusalOf(program)
        const pieces: Uint8Array[] = []
        const running = lab.executor.start(program, {
          output: (channel, bytes) => void (channel === 'stdout' && pieces.push(bytes)),
        })
        running.closeStdin()
        const { ending } = await running.ended
        const stdout = Buffer.concat(pieces)
        const told = JSON.stringify({ ending, limits: program.limits, args: program.args, env: program.env })
        if (why !== null) {
          expect(ending).toEqual({ cause: 'infrastructure', message: why })
          seen.refused++
          return
        }
        expect([told, CAUSES.includes(ending.cause)]).toEqual([told, true])
        // What came before the end came whole and in order.
        expect(data.subarray(0, stdout.length).equals(stdout)).toBe(true)
        if (ending.cause === 'exit' && ending.exitCode === 0) expect([told, stdout.length]).toEqual([told, data.length])
        if (ending.cause === 'exit' && ending.exitCode === 0) seen.whole++
        else seen.ended++
      }
      const lane = async () => {
        for (; !isEnough(); left--) await one()
      }
      await Promise.all(Array.from({ length: AT_ONCE }, lane)).finally(() => {
        isOver = true
      })
    })
    expect(
      await eventually(
        () => groupsOf(process.pid),
        (groups) => groups.length === 0,
      ),
    ).toEqual([])
    await lab.executor.close()
    expect(driversIn(process.pid)).toBe(false)
  })
})
