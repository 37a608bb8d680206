import { setTimeout as pause } from 'node:timers/promises'
import { dose } from '../dose.ts'
import { eventually } from '../eventually.ts'
import { randomOf, seeded } from '../random.ts'
import { describeOn } from '../servers/describe-on.ts'
import { type Cluster, type ClusterNode, ready, startCluster } from '../system/cluster.ts'
import type { Accepted } from './nodes-load.ts'
import { NodesLoad } from './nodes-load.ts'
import { mustBeIdle, mustBeTruthful, mustBuryNothing } from './nodes-truth.ts'

const SEED = Date.now() % 2 ** 32
const ROUNDS = 6 * dose
const TWICE = ['api', 'coordinator', 'executions', 'live+results', 'runs']
const NAMES = [...TWICE.flatMap((name) => [`${name}-1`, `${name}-2`]), 'deadletters+replays-1']

describeOn(
  'nats',
  'redis',
  'mongodb',
  'kafka',
)('services that are killed or replaced under load', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster(NAMES, { GREENROOM_SLOTS: '2', GREENROOM_DRAIN_MS: '3000' })
  }, 110_000)
  afterAll(() => cluster?.close(), 60_000)

  const doors = () => ['api-1', 'api-2'].map((name) => cluster.node(name))
  const client = () => cluster.node('api-1').client

  const settled = async (accepted: Accepted[]) => {
    await Promise.all(doors().map(ready))
    for (const run of accepted) await mustBeTruthful(client(), run)
    await mustBeIdle(client())
    await mustBuryNothing(client())
  }

  it('lose no request and no run while every one of them is replaced in turn', async () => {
    // As a balancer does: only doors that have said lately that they are ready are sent requests.
    const open = doors().map(({ client }) => client)
    const watching = watch(doors(), open)
    const load = new NodesLoad(open, randomOf(SEED), 'rolling')
    for (const name of NAMES) {
      const node = cluster.node(name)
      expect({ name, code: await node.leave() }).toEqual({ name, code: 0 })
      await node.restart()
      await (name.startsWith('api') ? ready(node) : eventually(() => pause(1500)))
    }
    const accepted = await load.stop()
    watching.abort()
    expect(accepted.length).toBeGreaterThan(NAMES.length)
    // Nobody is sent where no door says that it is ready; that is waiting, and no refusal.
    const refusals = load.refusals.filter((refusal) => !refusal.includes('No door is open'))
    expect([load.lost, refusals]).toEqual([[], []])
    const ends = []
    for (const run of accepted) ends.push(await mustBeTruthful(client(), run))
    expect(ends.filter(({ state }) => state !== 'succeeded')).toEqual([])
    await settled([])
  }, 180_000)

  it(
    `lose nothing that was accepted, killed at ${ROUNDS} moments (seed ${SEED})`,
    () =>
      seeded(async (random) => {
        const open = doors().map(({ client }) => client)
        const load = new NodesLoad(open, random, `kill-${SEED}`)
        for (let round = 0; round < ROUNDS; round++) {
          const node = cluster.node(random.pick(NAMES))
          await pause(random.below(1500))
          await node.kill()
          await pause(random.below(2000))
          await node.restart()
        }
        const accepted = await load.stop()
        expect(accepted.length).toBeGreaterThan(ROUNDS)
        expect(load.lost).toEqual([])
        await settled(accepted)
      }, SEED),
    120_000 + 60_000 * dose,
  )
})

const watch = (doors: ClusterNode[], open: ClusterNode['client'][]): AbortController => {
  const ending = new AbortController()
  const look = async () => {
    while (!ending.signal.aborted) {
      const are = await Promise.all(doors.map(async (door) => ((await door.isReady()) ? [door.client] : [])))
      open.splice(0, open.length, ...are.flat())
      await pause(100)
    }
  }
  void look()
  return ending
}
