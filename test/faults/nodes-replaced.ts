import { setTimeout as pause } from 'node:timers/promises'
import { dose } from '../dose.ts'
import { eventually } from '../eventually.ts'
import type { Random } from '../random.ts'
import type { ClusterNode } from '../system/cluster.ts'
import { NodesLoad } from './nodes-load.ts'
import type { Stage } from './nodes-stage.ts'
import { mustBeTruthful } from './nodes-truth.ts'

const ROUNDS = 6 * dose
const SMALL = ['api-1', 'executions-1', 'runs-1']

/** Nodes come and go under load, each with another one of its kind beside it. */
export const replacements = (stage: () => Stage, random: Random): void => {
  const doors = () => [stage().node('api'), stage().cluster.node('api-2')]
  const names = () => [...stage().cluster.nodes.keys()]

  it('lose no request and no run while one after the other is replaced', async () => {
    // As a balancer does: only doors that have said lately that they are ready are sent requests.
    const open = doors().map(({ client }) => client)
    const watching = watch(doors(), open)
    const load = new NodesLoad(open, random, 'rolling')
    // Of a small dose a door, the record and a worker; `test/system/rolling.test.ts` replaces all.
    const replaced = names().filter((name) => dose > 1 || SMALL.includes(name))
    for (const name of replaced) {
      const node = stage().cluster.node(name)
      expect({ name, code: await node.leave() }).toEqual({ name, code: 0 })
      await node.restart()
      await stage().joined(name)
    }
    const accepted = await load.stop()
    watching.abort()
    expect(accepted.length).toBeGreaterThan(replaced.length)
    // Nobody is sent where no door says that it is ready; that is waiting, and no refusal.
    const refusals = load.refusals.filter((refusal) => !refusal.includes('No door is open'))
    expect([load.lost, refusals]).toEqual([[], []])
    for (const run of accepted) expect(await mustBeTruthful(stage().second, run)).toMatchObject({ state: 'succeeded' })
    stage().expect(accepted)
    await stage().settled()
  }, 600_000)

  it(
    `lose nothing that was accepted, killed at ${ROUNDS} moments`,
    async () => {
      const load = new NodesLoad([stage().first, stage().second], random, 'kill')
      for (let round = 0; round < ROUNDS; round++) {
        const node = stage().cluster.node(random.pick(names()))
        await pause(random.below(1500))
        await node.kill()
        await pause(random.below(2000))
        await node.restart()
      }
      // However seldom a door was open meanwhile.
      await eventually(() => expect(load.accepted.length).toBeGreaterThan(ROUNDS))
      const accepted = await load.stop()
      expect(load.lost).toEqual([])
      stage().expect(accepted)
      await stage().settled()
    },
    200_000 + 60_000 * dose,
  )
}

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
