import { setTimeout as pause } from 'node:timers/promises'
import { NodesLoad } from '../faults/nodes-load.ts'
import { mustBeIdle, mustBeTruthful } from '../faults/nodes-truth.ts'
import { randomOf } from '../random.ts'
import { describeOn } from '../servers/describe-on.ts'
import { Client } from './client.ts'
import { type NodesCli, startNodesCli } from './nodes-cli.ts'

const SEED = Date.now() % 2 ** 32
const PLAN = ['api=2', 'runs=2', 'deadletters+live+replays+results=1']
const NAMES = [
  ...['api-1', 'api-2', 'coordinator-1', 'deadletters+live+replays+results-1', 'executions-1', 'runs-1', 'runs-2'],
]

describeOn(
  'nats',
  'redis',
  'mongodb',
  'kafka',
)('a rolling restart of every node', () => {
  let nodes: NodesCli

  beforeAll(async () => {
    nodes = await startNodesCli({ GREENROOM_SLOTS: '4', GREENROOM_DRAIN_MS: '3000' })
    await nodes.run('up', ...PLAN)
  }, 300_000)
  afterAll(() => nodes?.close(), 120_000)

  it(`refuses no request, loses no run and leaves a door open all the time (seed ${SEED})`, async () => {
    const doors = nodes.doors.map((url) => new Client(url))
    const before = nodes.pids()
    expect(Object.keys(before)).toEqual(NAMES)
    const watch = new Watch(doors)
    const load = new NodesLoad(watch.open, randomOf(SEED), `rolling-${SEED}`)
    const said = await nodes.run('restart')
    const accepted = await load.stop()
    const closed = await watch.stop()
    expect(said.match(/was replaced/g)).toHaveLength(NAMES.length)
    const after = nodes.pids()
    expect(Object.keys(after)).toEqual(NAMES)
    for (const name of NAMES) expect({ name, pid: after[name] }).not.toEqual({ name, pid: before[name] })
    expect({ closed, lost: load.lost }).toEqual({ closed: [], lost: [] })
    // A connection to a door that has just closed is the balancer's to repeat; an answer would have been ours.
    expect(load.refusals.filter((refusal) => !/: 0 /.test(refusal))).toEqual([])
    expect(accepted.length).toBeGreaterThan(NAMES.length)
    for (const run of accepted)
      expect(await mustBeTruthful(doors[0]!, run)).toMatchObject({ state: 'succeeded', cause: 'exit' })
    await mustBeIdle(doors[0]!)
  }, 600_000)

  it.each(['restart', 'down'])(
    'is refused where there is nothing of that name to %s',
    async (verb) => {
      await expect(nodes.run(verb, 'runs-7')).rejects.toThrow(/No runs-7 runs here/)
    },
    60_000,
  )
})

/** Asks all doors all the time, as a balancer does, and keeps the moments at which none was open. */
class Watch {
  readonly open: Client[]
  readonly #closed: string[] = []
  readonly #watching: Promise<void>
  #isOver = false

  constructor(doors: Client[]) {
    this.open = [...doors]
    this.#watching = this.#watch(doors)
  }

  async stop(): Promise<string[]> {
    this.#isOver = true
    await this.#watching
    return this.#closed
  }

  async #watch(doors: Client[]): Promise<void> {
    while (!this.#isOver) {
      const answers = await Promise.all(doors.map(readiness))
      this.open.splice(0, this.open.length, ...doors.filter((_, i) => answers[i] === null))
      if (this.open.length === 0) await this.#prove(doors, answers)
      await pause(50)
    }
  }

  // They were not asked at the same moment: none is open only where the first is closed before and after the others are.
  async #prove(doors: Client[], answers: (string | null)[]): Promise<void> {
    const again = []
    for (const door of [...doors, ...doors.slice(0, 1)]) again.push(await readiness(door))
    if (again.every((answer) => answer !== null)) this.#closed.push([...answers, ...again].join(' | '))
  }
}

/** Null when a door is open, else what it says. */
const readiness = async ({ url }: Client): Promise<string | null> => {
  try {
    const answer = await fetch(`${url}/health/ready`)
    const { checks } = (await answer.json()) as { checks: { ok: boolean; detail: string }[] }
    return answer.ok ? null : `${url}: ${checks.flatMap(({ ok, detail }) => (ok ? [] : [detail])).join(' ')}`
  } catch (error) {
    return `${url}: ${String((error as Error).cause ?? error)}`
  }
}
