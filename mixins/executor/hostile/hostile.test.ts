import { createServer } from 'node:net'
import { detectLanguages } from '../../../config/runtimes.ts'
import { Lab } from '../lab.ts'
import { harm, neighbour } from './neighbour.ts'
import { attackGroups, concrete } from './suite.ts'

const { runtimes } = await detectLanguages()
const python = runtimes.find(({ language }) => language === 'python')
const labs = {
  'from nothing': new Lab({ warm: false }),
  'from nothing by bubblewrap': new Lab({ warm: false, forks: false }),
  'in a sandbox that waited': new Lab(),
}
const refusals: (string | null)[] = []
for (const lab of Object.values(labs)) refusals.push(await lab.refusal())
const refusal = refusals.find((one) => one !== null) ?? null
const servers = [createServer().listen(0, '127.0.0.1'), createServer().listen(`\0greenroom-${process.pid}`)]

afterAll(async () => {
  for (const server of servers) server.close()
  for (const lab of Object.values(labs)) await lab.close()
})

const cases = Object.entries(labs).flatMap(([how, lab]) =>
  attackGroups.map(([title, attacks]) => [how, title, lab, attacks] as const),
)

describe.each(cases)('%s, as to %s, a program beside another one cannot', (how, _, lab, attacks) => {
  for (const attack of attacks) {
    const found = runtimes.find(({ language }) => language === attack.language)
    if (how === 'in a sandbox that waited' && !found?.runtime.warm) continue
    const test = refusal === null && found && python ? it : it.skip
    test(attack.title, async () => {
      const { runtime, fileName } = found!
      const what = { source: concrete(attack.source, servers[0]!), limits: attack.limits }
      const [seen, beside] = await Promise.all([lab.run(runtime, fileName, what), neighbour(lab, python!.runtime)])
      const { ends = 'exit', prints } = attack
      const said = `${JSON.stringify(seen.outcome)}\n${seen.stdout.slice(0, 500)}\n${seen.stderr.slice(0, 2000)}`
      expect([said, [ends].flat().includes(seen.outcome.ending.cause)]).toEqual([said, true])
      if (typeof prints === 'string') expect(seen.stdout + (seen.stdout === prints ? '' : said)).toBe(prints)
      else if (prints) expect(seen.stdout).toMatch(prints)
      expect(harm(beside)).toBeNull()
      expect(seen.took).toBeLessThan(60_000)
    })
  }
})
