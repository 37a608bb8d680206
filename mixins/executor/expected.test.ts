import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { detectLanguages } from '../../config/runtimes.ts'
import type { Program } from './executor.ts'
import { Lab, programOf } from './lab.ts'
import { eventually, memoryAccounts } from './remains.ts'

const { runtimes } = await detectLanguages()
const offers = runtimes.map(({ runtime }) => runtime)
const forking = new Lab({ runtimes: offers })
const one = new Lab({ runtimes: offers, forks: false })
const here = (await forking.refusal()) === null && (await one.refusal()) === null ? describe : describe.skip

afterAll(async () => {
  await forking.close()
  await one.close()
})

/** Programs that print when their own file was written, and what time it is; in milliseconds. */
const CLOCKS: Record<string, string> = {
  python: 'import os, time\nprint(int(os.stat("main.py").st_mtime * 1000), int(time.time() * 1000))',
  javascript: 'console.log(Math.floor(require("node:fs").statSync("main.js").mtimeMs), Date.now())',
  typescript: 'import { statSync } from "node:fs"\nconsole.log(Math.floor(statSync("main.ts").mtimeMs), Date.now())',
  ruby: 'puts [File.mtime("main.rb"), Time.now].map { |time| (time.to_f * 1000).to_i }.join(" ")',
}
const LONG_BEFORE_MS = 50

const run = async ({ executor }: Lab, program: Program) => {
  let text = ''
  const startedAt = Date.now()
  const running = executor.start(program, {
    output: (_, bytes) => {
      text += Buffer.from(bytes)
    },
  })
  running.closeStdin()
  const { ending } = await running.ended
  const [writtenAt = 0, ranAt = 0] = text.split(' ').map(Number)
  // The kernel stamps files with a clock that is a few milliseconds slow.
  return { ending, isEarly: ranAt < startedAt, isAhead: writtenAt < startedAt - LONG_BEFORE_MS }
}

const clock = (language: string) => {
  const { runtime, fileName } = runtimes.find((found) => found.language === language)!
  return programOf(runtime, fileName, { source: CLOCKS[language]! })
}

const ways = runtimes
  .filter(({ language }) => CLOCKS[language])
  .flatMap(({ language, runtime: { warm } }) => [
    ...(warm?.fork ? [[language, 'a fork', forking] as const] : []),
    ...(warm?.interpreter ? [[language, 'an interpreter', one] as const] : []),
  ])

here('a program that is expected', () => {
  it.each(ways)('of %s is handed to %s ahead, and begins when it is started', async (language, _, lab) => {
    for (let isAhead = false, tries = 0; !isAhead; tries++) {
      const program = clock(language)
      lab.executor.expect(program)
      await sleep(100)
      const seen = await run(lab, program)
      expect(seen).toMatchObject({ ending: { cause: 'exit', exitCode: 0 }, isEarly: false })
      // Nothing waits for the first, and what does not wait is handed nothing.
      if (tries > 100) throw new TypeError('None was handed ahead.')
      isAhead = seen.isAhead
    }
  })

  it('is forgotten when nobody starts it, and runs all the same when somebody does', async () => {
    const program = clock('python')
    forking.executor.expect(program)
    await sleep(2500)
    expect(await run(forking, program)).toEqual({
      ending: { cause: 'exit', exitCode: 0 },
      isEarly: false,
      isAhead: false,
    })
  })

  it('runs in another sandbox where that which has it dies', async () => {
    const program = clock('python')
    forking.executor.expect(program)
    await sleep(100)
    for (const account of memoryAccounts()) killAll(dirname(account))
    expect(await run(forking, program)).toEqual({
      ending: { cause: 'exit', exitCode: 0 },
      isEarly: false,
      isAhead: false,
    })
  })

  it('is not even handed over where it is refused', async () => {
    const program = { ...clock('python'), entry: '../main.py' }
    forking.executor.expect(program)
    expect((await run(forking, program)).ending.cause).toBe('infrastructure')
  })

  it('leaves nothing when the executor closes first', async () => {
    const others = new Set(memoryAccounts().map(driverOf))
    const ours = () => memoryAccounts().filter((path) => !others.has(driverOf(path)))
    const lab = new Lab({ runtimes: offers })
    await lab.executor.open()
    await eventually(ours, (accounts) => accounts.length > 1)
    lab.executor.expect(clock('python'))
    await lab.close()
    expect(ours()).toEqual([])
  })
})

/** The driver that an account belongs to. */
const driverOf = (path: string) => path.split('/').at(-3)!

const killAll = (group: string) => {
  for (const pid of readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
