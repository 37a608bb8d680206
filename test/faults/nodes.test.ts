import { randomOf } from '../random.ts'
import { describeOn } from '../servers/describe-on.ts'
import { startCluster } from '../system/cluster.ts'
import { killedAtSteps } from './nodes-killed.ts'
import { mustBeToldInTheLog } from './nodes-log.ts'
import { neighbours } from './nodes-neighbours.ts'
import { outages } from './nodes-outages.ts'
import { poison } from './nodes-poison.ts'
import { repetitions } from './nodes-repetitions.ts'
import { replacements } from './nodes-replaced.ts'
import { Stage } from './nodes-stage.ts'

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 32)
const SINGLE = ['executions-1', 'coordinator-1', 'runs-1', 'results-1', 'live-1', 'deadletters-1', 'replays-1']
const TWINS = ['executions-2', 'coordinator-2', 'runs-2', 'live+results-2']

describeOn(
  'nats',
  'redis',
  'mongodb',
  'kafka',
)(`services as nodes of their own (seed ${SEED})`, () => {
  let stage: Stage
  const random = randomOf(SEED)
  const settings = { GREENROOM_SLOTS: '4', GREENROOM_DRAIN_MS: '3000', GREENROOM_QUEUE_LIMIT: '5000' }

  beforeAll(async () => {
    stage = new Stage(await startCluster(['api-1', 'api-2', ...SINGLE], settings))
  })
  afterAll(() => stage?.cluster.close())

  // Before there is anything that cannot be handled: it would come twice, too.
  describe('that are sent every message twice', () => repetitions(() => stage, random))

  describe('of which one is killed in the middle of its work', () => killedAtSteps(() => stage, random))

  describe('whose servers are away under load', () => outages(() => stage, random))

  describe('that run twice', () => {
    beforeAll(async () => {
      await Promise.all(TWINS.map((name) => stage.cluster.start(name)))
      for (const name of TWINS) await stage.joined(name)
    })

    neighbours(() => stage)
    replacements(() => stage, random)
  })

  it('have told every run in the log, in order, with one end', async () => {
    await mustBeToldInTheLog(stage.second, stage.cluster.servers.kafka.url, stage.accepted)
  })

  describe('that are sent what nobody can handle', () => poison(() => stage))
})
