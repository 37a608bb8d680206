import { setTimeout as pause } from 'node:timers/promises'
import { dose } from '../dose.ts'
import { eventually } from '../eventually.ts'
import { randomOf } from '../random.ts'
import { type Cluster, ready, startCluster } from '../system/cluster.ts'
import { atLargeDose } from './at-large-dose.ts'
import { type Accepted, NodesLoad } from './nodes-load.ts'
import { mustBeToldInTheLog } from './nodes-log.ts'
import { mustBeIdle, mustBeTruthful, mustBuryNothing } from './nodes-truth.ts'

const SEED = Date.now() % 2 ** 32
const ROUNDS = Math.min(dose - 1, 3)
const NAMES = [
  ...['api-1', 'api-2', 'coordinator-1', 'executions-1', 'deadletters+live+replays+results-1'],
  ...['runs-1', 'runs-2'],
]
const LARGE = dose > 2
// So many more are accepted before and after, so that the fault comes in the middle of work.
const SOME = 5

atLargeDose(
  'nats',
  'redis',
  'mongodb',
  'kafka',
)('nodes whose servers are away under load', () => {
  let cluster: Cluster
  const accepted: Accepted[] = []

  beforeAll(async () => {
    cluster = await startCluster(NAMES, { GREENROOM_SLOTS: '2', GREENROOM_QUEUE_LIMIT: '5000' })
  })
  afterAll(() => cluster?.close())

  const client = () => cluster.node('api-1').client
  const doors = () => ['api-1', 'api-2'].map((name) => cluster.node(name))
  const all = () => Object.values(cluster.servers)

  const more = async (load: NodesLoad, patienceMs: number) => {
    const before = load.accepted.length
    await eventually(() => expect(load.accepted.length).toBeGreaterThanOrEqual(before + SOME), patienceMs)
  }

  /** Lets clients submit while something is away, until they are served again; every run must then end as it should. */
  const under = async (name: string, away: (load: NodesLoad) => Promise<void>) => {
    for (let round = 0; round < ROUNDS; round++) {
      const open = doors().map(({ client }) => client)
      const load = new NodesLoad(open, randomOf(SEED + round), `${name}-${round}`)
      const served = async () => {
        await more(load, 60_000)
        await away(load)
        await more(load, 180_000)
      }
      // Whatever has failed: nobody goes on submitting while the next fault is tried.
      await served().finally(() => load.stop())
      const runs = load.accepted
      expect(load.lost).toEqual([])
      await Promise.all(doors().map(ready))
      for (const run of runs) await mustBeTruthful(client(), run)
      await mustBeIdle(client())
      accepted.push(...runs)
    }
    await mustBuryNothing(client())
  }

  it(
    'lose nothing when all four are killed at once',
    async () => {
      await under('killed', async () => {
        await Promise.all(all().map((server) => server.kill()))
        await pause(LARGE ? 20_000 : 2000)
        await Promise.all(all().map((server) => server.restart()))
      })
    },
    600_000 * ROUNDS,
  )

  it(
    'lose nothing when all four fall silent at once',
    async () => {
      await under('silent', async () => {
        for (const server of all()) server.pause()
        await pause(LARGE ? 30_000 : 7000)
        for (const server of all()) server.resume()
      })
    },
    600_000 * ROUNDS,
  )

  it(
    'lose nothing when the database falls silent',
    async () => {
      await under('database', async () => {
        cluster.servers.mongo.pause()
        await pause(LARGE ? 45_000 : 6000)
        cluster.servers.mongo.resume()
      })
    },
    600_000 * ROUNDS,
  )

  it(
    'go on accepting and running while there is no Kafka, and tell it all afterwards',
    async () => {
      const accepting = LARGE ? 60 : 8
      await under('kafka', async (load) => {
        await cluster.servers.kafka.kill()
        // Every second of it has to see another run accepted.
        for (let second = 0; second < accepting; second++) {
          const before = load.accepted.length
          await pause(1000)
          await eventually(() => expect(load.accepted.length).toBeGreaterThan(before))
        }
        const last = load.accepted.at(-1)!
        expect(await client().ended(last.id)).toMatchObject({ id: last.id })
        await cluster.servers.kafka.restart()
      })
    },
    600_000 * ROUNDS,
  )

  it('have told every run in the log, in order, with one end', async () => {
    await mustBeToldInTheLog(client(), cluster.servers.kafka.url, accepted)
  })
})
