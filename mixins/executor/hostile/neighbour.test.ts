import { detectLanguages } from '../../../config/runtimes.ts'
import { Lab } from '../lab.ts'
import { endless } from './endless.ts'
import { harm, neighbour } from './neighbour.ts'

const { runtimes } = await detectLanguages()
const python = runtimes.find(({ language }) => language === 'python')
const lab = new Lab({ warm: false })
const refusal = python ? await lab.refusal() : 'Python is not installed'

afterAll(() => lab.close())

// How long the neighbours take is a matter of measuring: bench/neighbour.ts.
describe('neighbours, one after the other, are unharmed by a program that goes on and on to', () => {
  for (const attack of endless) {
    const found = runtimes.find(({ language }) => language === attack.language)
    const test = refusal === null && found ? it : it.skip
    test(attack.title, async () => {
      const { runtime, fileName } = found!
      const { running, seen } = lab.begin(runtime, fileName, attack)
      for (let count = 0; count < 5; count++) {
        expect(harm(await neighbour(lab, python!.runtime))).toBeNull()
      }
      running.cancel()
      const { ending } = (await seen).outcome
      expect([attack.ends].flat()).toContain(ending.cause)
    })
  }
})
