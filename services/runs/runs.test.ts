import { type Actors, type Machine, openMachine, startActors } from '../../config/testing.ts'
import { call } from '../../mixins/contract/contract.ts'
import { eventually } from '../../test/eventually.ts'
import { coordinator } from '../coordinator/coordinator.contract.ts'
import coordinatorService from '../coordinator/coordinator.service.ts'
import { executions, type Submission } from '../executions/executions.contract.ts'
import executionsService from '../executions/executions.service.ts'
import { live } from '../live/live.contract.ts'
import liveService from '../live/live.service.ts'
import resultsService from '../results/results.service.ts'
import { RUNS_QUEUE } from './runs.jobs.ts'
import runsService from './runs.service.ts'

const services = [executionsService, coordinatorService, resultsService, liveService, runsService]
const machine: Machine = await openMachine()
const here = machine.refusal === null ? describe : describe.skip
const LONG = 'import time; print("begun", flush=True); time.sleep(600)'

afterAll(() => machine.close())

here('runs on this machine', () => {
  let actors: Actors

  beforeAll(async () => {
    actors = await startActors(services, { machine })
  })
  afterAll(() => actors.discard())
  // Whatever a test has done, no slot is taken behind it and nothing waits.
  afterEach(() => eventually(async () => expect(await queue()).toMatchObject({ length: 0, running: 0 })))

  const queue = () => call(actors.broker, coordinator.queue, {})
  const submit = (source: string, change: Partial<Submission> = {}) =>
    call(actors.broker, executions.submit, { language: 'python', source, ...change })
  const get = (id: string) => call(actors.broker, executions.get, { id })
  const cancel = (id: string) => call(actors.broker, executions.cancel, { id })
  const send = (id: string, change: object) => call(actors.broker, executions.stdin, { id, ...change })

  const ended = async (id: string) => {
    await eventually(async () => {
      const found = await call(actors.broker, live.settled, { id, waitMs: 4000 })
      if (!found.ended) throw new TypeError(`It is still ${found.state}.`)
    })
    return get(id)
  }
  const begun = (id: string) => eventually(async () => expect((await get(id)).stdout).toMatch(/^begun/))

  it('end with what the program printed and how it ended', async () => {
    const source = 'import sys; print(sys.argv[1], input()); print("err", file=sys.stderr); raise SystemExit(3)'
    const { id } = await submit(source, { args: ['hé'], stdin: 'in\n' })
    const run = await ended(id)
    expect(run).toMatchObject({ state: 'failed', cause: 'exit', exitCode: 3, stdout: 'hé in\n', stderr: 'err\n' })
    expect(run).toMatchObject({ outputBytes: { stdout: 7, stderr: 4 }, message: 'Ended with exit code 3.' })
    expect(run.usage!.wallMs).toBeGreaterThan(0)
    expect(run.timeline.map(({ event }) => event)).toEqual(['queued', 'scheduled', 'running', 'failed'])
  })

  it('stop at their limits, with the setting that holds the limit', async () => {
    const { id } = await submit('while True: pass', { limits: { wallMs: 300 } })
    expect(await ended(id)).toMatchObject({
      state: 'timed_out',
      cause: 'wall_timeout',
      exceeded: { limit: 'wallMs', value: 300, setting: 'limits.wallMs' },
    })
  })

  it('are cancelled while they run', async () => {
    const { id } = await submit(LONG)
    await begun(id)
    expect((await cancel(id)).message).toBe('Being cancelled.')
    expect(await ended(id)).toMatchObject({ state: 'cancelled', cause: 'cancelled', stdout: 'begun\n' })
  })

  it('take input while they run', async () => {
    const echo = 'import sys\nprint("begun", flush=True)\nfor line in sys.stdin: print(line.strip()[::-1], flush=True)'
    const { id } = await submit(echo, { interactive: true })
    await send(id, { content: 'early\n' })
    await begun(id)
    await send(id, { content: 'abc\n' })
    await eventually(async () => expect((await get(id)).stdout).toContain('cba'))
    await send(id, { content: 'last\n', close: true })
    expect(await ended(id)).toMatchObject({ state: 'succeeded', stdout: 'begun\nylrae\ncba\ntsal\n' })
  })

  it('are told to those who watch, each event once, from wherever they left', async () => {
    const source = 'import time\nfor n in range(20): print(n, flush=True); time.sleep(0.005)'
    const { id } = await submit(source)
    const texts: string[] = []
    const events: string[] = []
    let cursor: string | undefined
    for (let isOver = false; !isOver; ) {
      const batch = await call(actors.broker, live.read, { id, waitMs: 2000, ...(cursor && { cursor }) })
      for (const { id: at, event, data } of batch.events) {
        cursor = at
        events.push(event === 'state' ? String(data.event) : event)
        if (event === 'output') texts.push(String(data.text))
      }
      isOver = batch.ended
    }
    expect(texts.join('')).toBe(Array.from({ length: 20 }, (_, n) => `${n}\n`).join(''))
    expect(events.filter((event) => event !== 'output')).toEqual(['queued', 'scheduled', 'running', 'succeeded', 'end'])
    expect(await call(actors.broker, live.read, { id, waitMs: 0, cursor: cursor! })).toEqual({
      events: [],
      ended: true,
    })
  })

  it('that end while everything is stopped are reported', async () => {
    await actors.restart({ drainMs: 60_000 })
    const { id } = await submit('import time; print("begun", flush=True); time.sleep(0.3); print("over")')
    await begun(id)
    await actors.restart()
    expect(await ended(id)).toMatchObject({ state: 'succeeded', stdout: 'begun\nover\n', attempt: 1 })
  })

  it('leave nothing behind when they are deleted', async () => {
    const { id } = await submit('print(1)')
    await ended(id)
    const extents = () => actors.backends.streams.extents(`${id}.1`)
    expect(await extents()).toEqual([{ channel: 'stdout', bytes: 2 }])
    await call(actors.broker, executions.remove, { id })
    await eventually(async () => expect(await extents()).toEqual([]))
  })

  it('free their slots, however many there are and however they end', async () => {
    const sources = ['print(1)', 'raise SystemExit(1)', 'import os; os.abort()', LONG]
    const ids: string[] = []
    for (let run = 0; run < 40; run++) ids.push((await submit(sources[run % 4]!)).id)
    for (const [index, id] of ids.entries()) if (index % 4 === 3) await cancel(id)
    const states = await Promise.all(ids.map(async (id) => (await ended(id)).state))
    expect(states).toEqual(ids.map((_, index) => ['succeeded', 'failed', 'failed', 'cancelled'][index % 4]))
    await eventually(async () => {
      expect(await queue()).toMatchObject({ length: 0, running: 0 })
      expect(await actors.backends.store.count('executions', { 'saga.due': { lt: Number.MAX_SAFE_INTEGER } })).toBe(0)
      const stats = await actors.backends.queue(RUNS_QUEUE).stats()
      expect(stats).toEqual({ waiting: 0, delayed: 0, running: 0, dead: 0 })
    })
  })

  it('that waited when everything was stopped run after the restart', async () => {
    await actors.restart({ slots: 0 })
    const ids = [(await submit('print("a")')).id, (await submit('print("b")')).id]
    await actors.restart()
    const runs = await Promise.all(ids.map(ended))
    expect(runs.map(({ state, stdout, attempt }) => [state, stdout, attempt])).toEqual([
      ['succeeded', 'a\n', 1],
      ['succeeded', 'b\n', 1],
    ])
  })

  it.each([0, 300])(
    'that ran when everything was stopped with %d ms to go start again as another attempt',
    async (drainMs) => {
      await actors.restart({ drainMs })
      const { id } = await submit(LONG)
      await begun(id)
      await actors.restart()
      await eventually(async () => expect(await get(id)).toMatchObject({ state: 'running', attempt: 2 }))
      await cancel(id)
      expect(await ended(id)).toMatchObject({ state: 'cancelled', attempt: 2 })
    },
  )
})
