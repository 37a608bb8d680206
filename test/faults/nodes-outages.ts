import { setTimeout as pause } from 'node:timers/promises'
import { dose } from '../dose.ts'
import { eventually } from '../eventually.ts'
import type { Random } from '../random.ts'
import { NodesLoad } from './nodes-load.ts'
import type { Stage } from './nodes-stage.ts'

const ROUNDS = Math.max(1, Math.min(dose - 1, 3))
const isLarge = dose > 2
// So many more are accepted before and after, so that the fault comes in the middle of work.
const SOME = 5
// All clients take a server for dead that owes an answer for so long.
const SILENT_MS = 6000
// Clients come back when they next look, and the nodes after them.
const PATIENCE_MS = 180_000

/** Servers are away while clients submit, until they are served again; every run must then end as it should. */
export const outages = (stage: () => Stage, random: Random): void => {
  const servers = () => stage().cluster.servers
  const all = () => Object.values(servers())

  const more = async (load: NodesLoad) => {
    const before = load.accepted.length
    await eventually(() => expect(load.accepted.length).toBeGreaterThanOrEqual(before + SOME), PATIENCE_MS)
  }

  const under = async (name: string, away: (load: NodesLoad) => Promise<void>) => {
    for (let round = 0; round < ROUNDS; round++) {
      const load = new NodesLoad([stage().first, stage().second], random, `${name}-${round}`)
      const served = async () => {
        await more(load)
        await away(load)
        await more(load)
      }
      await served().finally(async () => stage().expect(await load.stop()))
      expect(load.lost).toEqual([])
      await stage().settled()
    }
  }

  const LONG = 300_000 + 300_000 * ROUNDS

  it(
    'lose nothing when all four are killed at once',
    () =>
      under('killed', async () => {
        await Promise.all(all().map((server) => server.kill()))
        await pause(isLarge ? 20_000 : 1000)
        await Promise.all(all().map((server) => server.restart()))
      }),
    LONG,
  )

  it(
    'lose nothing when all four fall silent at once',
    () =>
      under('silent', async () => {
        for (const server of all()) server.pause()
        await pause(isLarge ? 30_000 : SILENT_MS)
        for (const server of all()) server.resume()
      }),
    LONG,
  )

  it(
    'lose nothing when the database falls silent',
    () =>
      under('database', async () => {
        servers().mongo.pause()
        await pause(isLarge ? 45_000 : SILENT_MS)
        servers().mongo.resume()
      }),
    LONG,
  )

  it('lose nothing when NATS is started anew', () => under('nats', () => servers().nats.restart('SIGKILL')), LONG)

  it(
    'go on accepting and running while there is no Kafka, and tell it all afterwards',
    () =>
      under('kafka', async (load) => {
        await servers().kafka.kill()
        const seconds = isLarge ? 60 : 3
        // Every second of it has to see another run accepted.
        for (let second = 0; second < seconds; second++) {
          const before = load.accepted.length
          await pause(1000)
          await eventually(() => expect(load.accepted.length).toBeGreaterThan(before))
        }
        const last = load.accepted.at(-1)!
        expect(await stage().second.ended(last.id)).toMatchObject({ id: last.id })
        await servers().kafka.restart()
      }),
    LONG,
  )
}
