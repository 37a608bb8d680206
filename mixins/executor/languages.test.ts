import { examples } from '../../config/examples.ts'
import { languages } from '../../config/languages.ts'
import { type DetectedRuntime, detectLanguages } from '../../config/runtimes.ts'
import { type Case, Lab, roomy } from './lab.ts'
import { type LanguageCase, languageCases } from './language-cases.ts'

const { runtimes } = await detectLanguages()
const lab = new Lab()
const refusal = await lab.refusal()

afterAll(() => lab.close())

// A compiler takes its time on a busy machine.
const PATIENT = { wallMs: 300_000, cpuMs: 300_000 }

type Row = { name: string; id: string; found?: DetectedRuntime }

const rows = languages.flatMap(({ id, title }): Row[] => {
  const found = runtimes.filter(({ language }) => language === id)
  if (found.length === 0) return [{ name: `${title}, which is not installed`, id }]
  return found.map((runtime) => ({ name: `${title} ${runtime.version}`, id, found: runtime }))
})

describe.each(rows)('$name', ({ id, found }) => {
  const test = refusal === null && found ? it : it.skip
  const programs = languageCases[id] as LanguageCase
  const run = (what: Case) => {
    const { runtime, fileName, limits } = found!
    const { memoryBytes, processes } = limits
    return lab.run(runtime, Object.keys(what.files ?? { [fileName]: '' })[0]!, {
      ...what,
      limits: { ...roomy, ...PATIENT, memoryBytes, processes, ...what.limits },
    })
  }
  const exit = (exitCode: number) => ({ cause: 'exit', exitCode })

  test('runs its examples', async () => {
    for (const { files, stdin, args } of examples.filter(({ language }) => language === id)) {
      const seen = await run({
        files: Object.fromEntries(files.map(({ path, content }) => [path, content])),
        stdin,
        args,
      })
      expect([seen.stderr, seen.outcome.ending]).toEqual(['', exit(0)])
      expect(seen.stdout).not.toBe('')
    }
  })

  test('reads its input', async () => {
    const stdin = 'one\ntwo: žluťoučký 世界\n'
    expect(await run({ source: programs.echo, stdin })).toMatchObject({ stdout: stdin, outcome: { ending: exit(0) } })
  })

  test('prints every character, from its source and its arguments', async () => {
    const seen = await run({ source: programs.unicode, args: ['ärgument 引数'] })
    expect([seen.stdout, seen.stderr]).toEqual(['žluťoučký 世界 🚀 ärgument 引数\n', ''])
  })

  test('ends with the exit code of its program', async () => {
    expect((await run({ source: programs.exit })).outcome.ending).toEqual(exit(3))
  })

  test('finds the other files of its program', async () => {
    const seen = await run({ files: programs.files })
    expect([seen.stderr, seen.stdout, seen.outcome.ending]).toEqual(['', 'from another file\n', exit(0)])
  })

  test('is stopped when its time is up', async () => {
    const { outcome } = await run({ source: programs.loop, limits: { wallMs: 400 } })
    expect(outcome.ending).toMatchObject({ cause: 'wall_timeout' })
  })

  test('is stopped when it takes too much memory', async () => {
    const seen = await run({ source: programs.bomb })
    expect([seen.stderr, seen.outcome.ending]).toMatchObject(['', { cause: 'oom' }])
  })

  if (programs.broken)
    test('tells what the compiler says of a program that is wrong', async () => {
      const seen = await run({ source: programs.broken! })
      expect(seen.outcome.ending).toMatchObject({ cause: 'compile' })
      expect(seen.stderr).toContain('undefined')
      expect(seen.stdout).toBe('')
    })
})
