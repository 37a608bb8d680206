import { readFileSync } from 'node:fs'
import { detectLanguages } from '../../config/runtimes.ts'
import type { Runtime } from './executor.ts'
import { Lab, programOf } from './lab.ts'
import { eventually, memoryAccounts } from './remains.ts'

const { runtimes } = await detectLanguages()
const lab = new Lab({ runtimes: runtimes.map(({ runtime }) => runtime) })
const here = (await lab.refusal()) === null ? describe : describe.skip

afterAll(() => lab.close())

/** The driver that an account belongs to. */
const driverOf = (path: string) => path.split('/').at(-3)!

// Nothing for a group that has gone since it was listed, as those of the check at start do.
const sizeIn = (path: string) => {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch {
    return 0
  }
}

const forked = runtimes.filter(({ runtime }) => runtime.warm?.fork).map((one) => [one.language, one] as const)

here('a forked sandbox that waits', () => {
  it.each(forked)('takes at most 8 MB for %s', async (_, { runtime }) => {
    const others = new Set(memoryAccounts().map(driverOf))
    const other = new Lab({ runtimes: [runtime] })
    const charged = () =>
      memoryAccounts()
        .filter((path) => !others.has(driverOf(path)))
        .map(sizeIn)
    try {
      await other.executor.open()
      const isSmall = (bytes: number) => bytes > 0 && bytes <= 8 << 20
      const areThere = (sizes: number[]) => sizes.length === 2 && sizes.every(isSmall)
      expect(areThere(await eventually(charged, areThere))).toBe(true)
    } finally {
      await other.close()
    }
  })
})

const RANDOM: Record<string, string> = {
  python: 'import random, uuid, os; print(random.random(), uuid.uuid4(), os.urandom(8).hex())',
  javascript: 'console.log(Math.random(), crypto.randomUUID(), require("node:crypto").randomInt(1e9))',
  typescript: 'console.log(Math.random() as number, crypto.randomUUID())',
  ruby: 'require "securerandom"; puts rand, Random.new.rand, Random.rand, SecureRandom.uuid, [*1..50].shuffle.join',
}
/** What a program finds behind its descriptors, by numbers that no other object of the kernel has. */
const OBJECTS: Record<string, string> = {
  python:
    'import os, re\nfor fd in sorted(os.listdir("/proc/self/fd")):\n  try: print(os.readlink("/proc/self/fd/" + fd), re.findall("eventfd-id: +\\\\d+", open("/proc/self/fdinfo/" + fd).read()))\n  except OSError: pass',
  javascript:
    'const fs = require("node:fs")\nfor (const fd of fs.readdirSync("/proc/self/fd")) try { console.log(fs.readlinkSync("/proc/self/fd/" + fd), String(fs.readFileSync("/proc/self/fdinfo/" + fd)).match(/eventfd-id: +\\d+/g)) } catch {}',
  ruby: 'Dir.children("/proc/self/fd").each { |fd| begin; puts [File.readlink("/proc/self/fd/#{fd}"), File.read("/proc/self/fdinfo/#{fd}")[/eventfd-id: +\\d+/]].join(" "); rescue SystemCallError; end }',
}
const WAIT: Record<string, string> = {
  python: 'print("over"); input()',
  javascript: 'console.log("over"); process.stdin.resume()',
  ruby: 'puts "over"; $stdout.flush; gets',
}
/** Starts a program; what it has open is known once it says that it is over, and is open until its stdin is closed. */
const open = (runtime: Runtime, fileName: string, source: string) => {
  const { promise: printed, resolve } = Promise.withResolvers<string[]>()
  let text = ''
  const running = lab.executor.start(programOf(runtime, fileName, { source }), {
    output: (_, bytes) => {
      text += Buffer.from(bytes)
      if (text.includes('over')) resolve(text.split('\n').filter((line) => /pipe:|socket:|eventfd-id/.test(line)))
    },
  })
  void running.ended.then(() => resolve([]))
  return { running, printed }
}
const named = (sources: Record<string, string>) =>
  runtimes
    .filter(({ language }) => sources[language])
    .map((one) => [one.language, one, sources[one.language]!] as const)

here('two sandboxes that waited', () => {
  it.each(named(RANDOM))('give a %s program other random numbers', async (_, { runtime, fileName }, source) => {
    const seen: string[] = []
    for (let round = 0; round < 4; round++) {
      const { stdout } = await lab.run(runtime, fileName, { source })
      seen.push(...stdout.split(/\s+/).filter(Boolean))
    }
    expect(seen.length).toBeGreaterThan(4)
    expect(new Set(seen).size).toBe(seen.length)
  })

  it.each(named(OBJECTS))('share nothing that a %s program has open', async (_, { runtime, fileName }, source) => {
    // At the same time: the kernel gives numbers of what is gone to what comes.
    const programs = [1, 2].map(() => open(runtime, fileName, `${source}\n${WAIT[runtime.language]}`))
    const [one, two] = await Promise.all(programs.map(({ printed }) => printed))
    for (const { running } of programs) running.closeStdin()
    await Promise.all(programs.map(({ running }) => running.ended))
    expect(one!.length).toBeGreaterThanOrEqual(3)
    if (runtime.language === 'javascript')
      expect(one!.filter((object) => /eventfd-id: +\d/.test(object))).not.toEqual([])
    expect(one!.filter((object) => two!.includes(object))).toEqual([])
  })
})
