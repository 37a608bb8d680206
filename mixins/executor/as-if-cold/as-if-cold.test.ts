import { detectLanguages } from '../../../config/runtimes.ts'
import { Lab } from '../lab.ts'
import { javascript } from './javascript.suite.ts'
import { python } from './python.suite.ts'
import type { Row } from './row.ts'
import { ruby } from './ruby.suite.ts'
import { typescript } from './typescript.suite.ts'

const { runtimes } = await detectLanguages()
const labs = { cold: new Lab({ warm: false, forks: false }), warm: new Lab() }
const refusal = (await labs.cold.refusal()) ?? (await labs.warm.refusal())

afterAll(async () => {
  await labs.cold.close()
  await labs.warm.close()
})

const suites: [language: string, rows: Row[]][] = [
  ['python', python],
  ['javascript', javascript],
  ['typescript', typescript],
  ['ruby', ruby],
]

// Times and memory differ, and so may what a process says about itself.
const plain = (text: string) =>
  text
    .replace(/0x[0-9a-f]+/g, '0x')
    // The engine's own frames tell how it was started, and one of ours is among them while listeners of 'exit' run.
    .replace(/^ +at .*(node:|\/opt\/greenroom\/).*\n/gm, '')
    .replace(/node:internal\S*/g, 'node:internal')

describe.each(suites)('%s in a sandbox that waited does as it does in one from nothing:', (language, rows) => {
  const found = runtimes.find((runtime) => runtime.language === language)
  const test = refusal === null && found ? it : it.skip
  test.each(rows)('%s', async (_, what) => {
    const { runtime, fileName } = found!
    const [cold, warm] = await Promise.all([
      labs.cold.run(runtime, fileName, { stdin: '', ...what }),
      labs.warm.run(runtime, fileName, { stdin: '', ...what }),
    ])
    const told = ({ stdout, stderr, outcome }: typeof cold) => [plain(stdout), plain(stderr), outcome.ending]
    expect(told(warm)).toEqual(told(cold))
  })
})
