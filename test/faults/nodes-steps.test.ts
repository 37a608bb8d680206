import { dose } from '../dose.ts'
import { type Random, randomOf } from '../random.ts'
import { ready, startCluster } from '../system/cluster.ts'
import { atLargeDose } from './at-large-dose.ts'
import { stepsOfMessages } from './nodes-letters.ts'
import { NodesLoad } from './nodes-load.ts'
import { mustBeToldInTheLog } from './nodes-log.ts'
import { Stage } from './nodes-stage.ts'
import { type Step, stepsOfRuns } from './nodes-steps.ts'
import { mustBeIdle, mustBeTruthful, mustBuryNothing } from './nodes-truth.ts'

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 32)
const NAMES = [
  ...['api-1', 'api-2', 'executions-1', 'coordinator-1', 'runs-1'],
  ...['results-1', 'live-1', 'deadletters-1', 'replays-1'],
]
const STEPS = [...stepsOfRuns, ...stepsOfMessages]

/** One step of each actor, another one each time; from DOSE=3 on all of them, again and again. */
const chosen = (random: Random): Step[] =>
  dose > 2
    ? Array.from({ length: Math.min(dose - 2, 5) }, () => STEPS).flat()
    : [...Map.groupBy(STEPS, ({ actor }) => actor).values()].map((of) => random.pick(of))

atLargeDose(
  'nats',
  'redis',
  'mongodb',
  'kafka',
)(`an actor that is killed in the middle of its work (seed ${SEED})`, () => {
  let stage: Stage
  const random = randomOf(SEED)
  const loads: NodesLoad[] = []

  beforeAll(async () => {
    stage = new Stage(await startCluster(NAMES, { GREENROOM_SLOTS: '4', GREENROOM_DRAIN_MS: '3000' }))
  })
  afterAll(() => stage?.cluster.close())

  it.each(chosen(random))(
    'loses nothing when it is $actor that $is',
    async ({ killed }) => {
      const doors = [stage.first, stage.second]
      const load = new NodesLoad(doors, random, `steps-${loads.length}`, 1)
      loads.push(load)
      await killed(stage)
      await load.stop()
      expect(load.lost).toEqual([])
    },
    300_000,
  )

  it('and all that was accepted has ended as it should, once', async () => {
    await Promise.all(['api-1', 'api-2'].map((name) => ready(stage.cluster.node(name))))
    const accepted = [...stage.accepted, ...loads.flatMap((load) => load.accepted)]
    for (const run of accepted) await mustBeTruthful(stage.second, run)
    await mustBeIdle(stage.second)
    await mustBuryNothing(stage.second)
    await mustBeToldInTheLog(stage.second, stage.cluster.servers.kafka.url, accepted)
  }, 400_000)
})
