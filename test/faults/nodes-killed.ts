import { dose } from '../dose.ts'
import type { Random } from '../random.ts'
import { stepsOfMessages } from './nodes-letters.ts'
import { NodesLoad } from './nodes-load.ts'
import type { Stage } from './nodes-stage.ts'
import { type Step, stepsOfRuns } from './nodes-steps.ts'

const STEPS = [...stepsOfRuns, ...stepsOfMessages]

/** One step of each actor, another one each time; from DOSE=3 on all of them, again and again. */
const chosen = (random: Random): Step[] =>
  dose > 2
    ? Array.from({ length: Math.min(dose - 2, 5) }, () => STEPS).flat()
    : [...Map.groupBy(STEPS, ({ actor }) => actor).values()].map((of) => random.pick(of))

/** Each actor is killed in the middle of what it does, while somebody submits. */
export const killedAtSteps = (stage: () => Stage, random: Random): void => {
  let count = 0

  it.each(chosen(random))('loses nothing when it is $actor that $is', async ({ killed }) => {
    const { first, second } = stage()
    const load = new NodesLoad([first, second], random, `steps-${count++}`, 1)
    await killed(stage()).finally(async () => stage().expect(await load.stop()))
    expect(load.lost).toEqual([])
  })

  it('and all of it ends as it should, once', () => stage().settled())
}
