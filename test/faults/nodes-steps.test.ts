import { dose } from '../dose.ts'
import { type Random, randomOf } from '../random.ts'
import { startCluster } from '../system/cluster.ts'
import { atLargeDose } from './at-large-dose.ts'
import { stepsOfMessages } from './nodes-letters.ts'
import { NodesLoad } from './nodes-load.ts'
import { mustBeToldInTheLog } from './nodes-log.ts'
import { Stage } from './nodes-stage.ts'
import { type Step, stepsOfRuns } from './nodes-steps.ts'

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
  let count = 0

  beforeAll(async () => {
    stage = new Stage(await startCluster(NAMES, { GREENROOM_SLOTS: '4', GREENROOM_DRAIN_MS: '3000' }))
  })
  afterAll(() => stage?.cluster.close())

  it.each(chosen(random))(
    'loses nothing when it is $actor that $is',
    async ({ killed }) => {
      const doors = [stage.first, stage.second]
      const load = new NodesLoad(doors, random, `steps-${count++}`, 1)
      await killed(stage).finally(async () => stage.expect(await load.stop()))
      expect(load.lost).toEqual([])
    },
    300_000,
  )

  it('and all that was accepted has ended as it should, once', async () => {
    await stage.settled()
    await mustBeToldInTheLog(stage.second, stage.cluster.servers.kafka.url, stage.accepted)
  }, 400_000)
})
