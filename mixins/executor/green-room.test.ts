import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { detectLanguages } from '../../config/runtimes.ts'
import { GreenRoom } from './green-room.ts'
import { Lab } from './lab.ts'
import type { Place } from './place.ts'

const { runtimes } = await detectLanguages()
const python = runtimes.find(({ language }) => language === 'python')!
const lab = new Lab({ runtimes: runtimes.map(({ runtime }) => runtime) })
const refusal = (await lab.refusal()) ?? (python ? null : 'Python is not installed')
const here = refusal === null ? describe : describe.skip

afterAll(() => lab.close())

const eventually = async (holds: () => boolean, ms = 60_000) => {
  for (const until = performance.now() + ms; performance.now() < until; await sleep(5)) if (holds()) return true
  return false
}

const text = (path: string) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
/** Fork servers that this process has started. */
const servers = () =>
  readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && text(`/proc/${pid}/cmdline`).includes('fork_server') && isOurs(pid),
  )
/** Processes in sandboxes that this process has made. */
const sandboxed = () =>
  readdirSync('/proc').filter(
    (pid) => Number(/^Uid:\s+(\d+)/m.exec(text(`/proc/${pid}/status`))?.[1] ?? 0) >= 60_000 && isOurs(pid),
  )
const waitingInterpreters = () =>
  sandboxed().filter((pid) => text(`/proc/${pid}/cmdline`).includes('waiting.cjs')).length
const end = (pid: string) => {
  try {
    process.kill(Number(pid), 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
const ECHO: Record<string, string> = {
  'main.py': 'print(input())',
  'main.js': 'process.stdin.on("data", (text) => process.stdout.write(text))',
  'main.ts': 'process.stdin.on("data", (text: Buffer) => process.stdout.write(text))',
  'main.rb': 'puts gets',
}
const isOurs = (pid: string): boolean => {
  const parent = /^PPid:\s+(\d+)/m.exec(text(`/proc/${pid}/status`))?.[1]
  return parent === `${process.pid}` || (parent !== undefined && Number(parent) > 1 && isOurs(parent))
}

/** A place that only counts. */
const standIn = (alive = true) => {
  const place = { isAlive: alive, discarded: 0, read: () => ({ memoryPeakBytes: 1 << 20 }) }
  return Object.assign(place, { discard: async () => void place.discarded++ })
}
const room = (options = {}) => new GreenRoom({ memoryBytes: 8 << 20, most: 8, ...options }, () => 0)

describe('the green room', () => {
  const makes = (alive = true) => {
    const made: ReturnType<typeof standIn>[] = []
    const make = async () => {
      made.push(standIn(alive))
      return made.at(-1) as unknown as Place
    }
    return { made, make }
  }

  it('hands every sandbox out once', async () => {
    const { made, make } = makes()
    const green = room()
    green.welcome('a', make)
    expect(await eventually(() => made.length === 2)).toBe(true)
    const taken = new Set([green.take('a', make), green.take('a', make), green.take('a', make)])
    taken.delete(null)
    expect(taken.size).toBe(2)
    await green.close()
  })

  it('has more waiting after it has turned somebody away', async () => {
    const { made, make } = makes()
    const green = room()
    expect(green.take('a', make)).toBeNull()
    expect(await eventually(() => made.length === 4)).toBe(true)
    await green.close()
  })

  it('keeps to its memory', async () => {
    const { made, make } = makes()
    const green = room({ memoryBytes: 3 << 20, most: 64 })
    for (let round = 0; round < 5; round++) green.take('a', make)
    expect(await eventually(() => made.length === 3)).toBe(true)
    await eventually(() => made.length > 3, 200)
    expect(made.length).toBe(3)
    await green.close()
  })

  it('hands out none that has died', async () => {
    const { made, make } = makes(false)
    const green = room()
    green.welcome('a', make)
    await eventually(() => made.length === 1)
    expect(green.take('a', make)).toBeNull()
    expect(await eventually(() => made.every(({ discarded }) => discarded === 1))).toBe(true)
    expect(made.length).toBeLessThan(4)
    await green.close()
  })

  it('ends all that wait when it closes', async () => {
    const { made, make } = makes()
    const green = room()
    green.welcome('a', make)
    await eventually(() => made.length === 2)
    await green.close()
    expect(made.map(({ discarded }) => discarded)).toEqual([1, 1])
  })
})

here('a sandbox that waited', () => {
  const look = `import os, pathlib, sys
pathlib.Path('/tmp/mark').write_text('x') if not os.path.exists('/tmp/mark') else print('used')
sys.modules['mark'] = 1
print(os.getpid(), sorted(os.listdir('.')), sorted(os.listdir('/tmp')), sorted(os.listdir('/dev/shm')), len([p for p in os.listdir('/proc') if p.isdigit()]))`

  it('is new to its program, and no other program ever comes to it', async () => {
    for (let round = 0; round < 12; round++) {
      const { stdout } = await lab.run(python.runtime, 'main.py', { source: look })
      expect(stdout).toBe("2 ['main.py'] ['mark'] [] 2\n")
    }
  })

  it('counts only what its program uses', async () => {
    await eventually(() => sandboxed().length > 0)
    const source = 'x = bytearray(20 << 20)'
    const { usage } = (await lab.run(python.runtime, 'main.py', { source })).outcome
    expect(usage.memoryPeakBytes).toBeGreaterThan(20 << 20)
    expect(usage.memoryPeakBytes).toBeLessThan(40 << 20)
    const cpu = async (env: Record<string, string>) => {
      const { cpuUserMs, cpuSystemMs } = (await lab.run(python.runtime, 'main.py', { source: '', env })).outcome.usage
      return cpuUserMs + cpuSystemMs
    }
    await eventually(() => sandboxed().length > 0)
    // The variable makes it start from nothing: the interpreter's way up is then the program's.
    expect(await cpu({})).toBeLessThan(await cpu({ PYTHONHASHSEED: '1' }))
  })

  it('is made again by another fork server where the first was killed', async () => {
    const run = () => lab.run(python.runtime, 'main.py', { source: 'print("hi")' })
    for (const pid of servers()) end(pid)
    expect((await run()).stdout).toBe('hi\n')
    expect((await run()).stdout).toBe('hi\n')
    expect(await eventually(() => servers().length > 0)).toBe(true)
  })

  it.each(runtimes.filter(({ warm }) => warm).map((one) => [one.language, one] as const))(
    'that dies while it is handed a %s program leaves that to one from nothing',
    async (_, { runtime, fileName }) => {
      const source = ECHO[fileName]!
      await lab.run(runtime, fileName, { source, stdin: 'x' })
      expect(await eventually(() => sandboxed().length >= 4)).toBe(true)
      for (let round = 0; round < 3; round++) {
        const seen = lab.run(runtime, fileName, { source, stdin: 'in\n' })
        for (const pid of sandboxed()) end(pid)
        expect((await seen).stdout).toBe('in\n')
      }
    },
  )

  it.each(['interpreter', 'fork'] as const)('is done without where its %s does not come up', async (how) => {
    const warm = { [how]: ['/usr/bin/false'] }
    const { stdout, outcome } = await lab.run({ ...python.runtime, version: how, warm }, 'main.py', {
      source: 'print(1)',
    })
    expect([stdout, outcome.ending.cause]).toEqual(['1\n', 'exit'])
  })

  it('is an interpreter of its own where none can be forked', async () => {
    const node = runtimes.find(({ language }) => language === 'javascript')!
    const { interpreter } = node.runtime.warm!
    const runtime = {
      ...node.runtime,
      version: 'unforked',
      warm: { fork: ['/usr/bin/false'], interpreter: interpreter! },
    }
    const run = () => lab.run(runtime, 'main.js', { source: 'console.log(process.execArgv.length)' })
    await run()
    expect(await eventually(() => waitingInterpreters() > 0)).toBe(true)
    expect((await run()).stdout).toBe('2\n')
  })
})

here('closing', () => {
  it('ends all sandboxes that wait and the servers that made them', async () => {
    const other = new Lab({ runtimes: runtimes.map(({ runtime }) => runtime) })
    await other.executor.open()
    await sleep(500)
    await other.close()
    await lab.close()
    expect(servers()).toEqual([])
  })
})
