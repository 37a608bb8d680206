import { detectLanguages } from '../../config/runtimes.ts'
import { eventually } from '../eventually.ts'
import { alive } from './alive.ts'
import { Client, type Request } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'
import { programs } from './programs.ts'

const MiB = 1024 ** 2

let server: Greenroom
let client: Client

beforeAll(async () => {
  server = await startGreenroom()
  client = new Client(server.url)
})
afterAll(() => server.close())

const { runtimes } = await detectLanguages()
const here = (language: string) => runtimes.some((runtime) => runtime.language === language)

for (const [language, sources] of Object.entries(programs)) {
  const suite = here(language) ? describe : describe.skip
  suite(`a program in ${language}`, () => {
    const run = (source: string, more: Request = {}) =>
      client.run({ language, source, ...more, limits: { wallMs: 120_000, ...(more.limits as object) } })

    it('prints, reads its input and its arguments, in any script', async () => {
      const view = await run(sources.echo, { stdin: 'grüße 漢🎉', args: ['ä b'] })
      expect(view).toMatchObject({
        state: 'succeeded',
        exitCode: 0,
        stdout: 'hellö GRÜSSE? grüße 漢🎉 ä b\n',
        stderr: 'err\n',
      })
    })

    it('is failed with its own exit code', async () => {
      const view = await run(sources.exit)
      expect(view).toMatchObject({
        state: 'failed',
        cause: 'exit',
        exitCode: 3,
        signal: null,
        exceeded: null,
        message: 'Ended with exit code 3.',
      })
    })

    it('is failed with the signal that ended it', async () => {
      const view = await run(sources.signal)
      expect(view).toMatchObject({
        state: 'failed',
        cause: 'signal',
        signal: 'SIGKILL',
        exitCode: null,
        message: 'Ended by signal SIGKILL.',
      })
    })

    it('says what is wrong with it on stderr, by the name of its file', async () => {
      const view = await run(sources.broken)
      expect(view).toMatchObject({ state: 'failed', cause: language === 'go' ? 'compile' : 'exit' })
      expect(view.stderr).toMatch(/main\.\w+/)
    })

    it('is stopped when its memory is used up', async () => {
      const limits = { memoryBytes: 100 * MiB }
      const view = await run(sources.memory, { limits })
      expect(view).toMatchObject({
        state: 'failed',
        cause: 'oom',
        exceeded: { limit: 'memoryBytes', value: 100 * MiB, setting: 'limits.memoryBytes' },
      })
      expect(view.usage!.memoryPeakBytes).toBeGreaterThan(60 * MiB)
      expect(view.usage!.memoryPeakBytes).toBeLessThanOrEqual(101 * MiB)
    })
  })
}

describe('a program that does not end', () => {
  it('is stopped at its wall time while it sleeps, and told so', async () => {
    const view = await client.run({ language: 'bash', source: 'echo begin; sleep 600', limits: { wallMs: 1500 } })
    expect(view).toMatchObject({ state: 'timed_out', cause: 'wall_timeout', stdout: 'begin\n' })
    expect(view.exceeded).toMatchObject({ limit: 'wallMs', value: 1500, setting: 'limits.wallMs' })
    expect(view.exceeded!.observed).toBeGreaterThanOrEqual(1500)
    expect(view.usage!.wallMs).toBeLessThan(20_000)
    expect(view.message).toMatch(/1.5 s of time.*limits\.wallMs/)
  })

  it('is stopped at its CPU time while it computes, on one core or on several', async () => {
    for (const source of ['while :; do :; done', 'for i in 1 2 3; do (while :; do :; done) & done; wait']) {
      const view = await client.run({ language: 'bash', source, limits: { cpuMs: 600, wallMs: 120_000 } })
      expect(view).toMatchObject({ state: 'timed_out', cause: 'cpu_timeout', exceeded: { limit: 'cpuMs', value: 600 } })
      expect(view.usage!.cpuUserMs + view.usage!.cpuSystemMs).toBeGreaterThan(550)
      expect(view.usage!.cpuUserMs + view.usage!.cpuSystemMs).toBeLessThan(6000)
    }
  })

  it('may be silent for seconds and is still followed to its end', async () => {
    const view = await client.run({ language: 'bash', source: 'sleep 6; echo awake', limits: { wallMs: 60_000 } })
    expect(view).toMatchObject({ state: 'succeeded', stdout: 'awake\n' })
    expect(view.usage!.wallMs).toBeGreaterThan(5900)
    expect(view.usage!.cpuUserMs).toBeLessThan(1000)
  })

  it('leaves nothing alive, whatever it started', async () => {
    const mark = `orphan-${process.pid}`
    const source = 'for i in 1 2 3; do setsid bash -c \'exec -a "$0" sleep 300\' "$1" & done; sleep 0.3; exit 0'
    expect(await client.run({ language: 'bash', source, args: [mark] })).toMatchObject({ state: 'succeeded' })
    await eventually(() => expect(alive(mark)).toEqual([]))
  })
})

describe('a program that wants too much', () => {
  it('of processes cannot have them, and the others go on', async () => {
    const bomb = 'import os\nwhile True:\n  try: os.fork()\n  except OSError: pass'
    const [view, other] = await Promise.all([
      client.run({ language: 'python', source: bomb, limits: { processes: 30, wallMs: 2000 } }),
      client.run({ language: 'bash', source: 'sleep 1; echo fine' }),
    ])
    expect(['timed_out', 'failed']).toContain(view.state)
    expect(view.usage!.processesPeak).toBeLessThanOrEqual(31)
    expect(view.usage!.processesPeak).toBeGreaterThan(20)
    expect(other).toMatchObject({ state: 'succeeded', stdout: 'fine\n' })
  })

  it('of processes, and gives up, is told that this was why', async () => {
    const source = 'for i in $(seq 40); do sleep 5 & done 2>/dev/null; exit 1'
    const view = await client.run({ language: 'bash', source, limits: { processes: 10, wallMs: 9000 } })
    expect(view).toMatchObject({ state: 'failed', cause: 'process_limit', exceeded: { limit: 'processes', value: 10 } })
  })

  it('of disk is told so', async () => {
    const source = 'head -c 50000000 /dev/zero > big || exit 1'
    const view = await client.run({ language: 'bash', source, limits: { diskBytes: 10 * MiB } })
    expect(view).toMatchObject({
      state: 'failed',
      cause: 'disk_limit',
      exceeded: { limit: 'diskBytes', value: 10 * MiB },
    })
  })
})
