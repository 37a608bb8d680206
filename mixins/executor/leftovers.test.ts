import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { detectLanguages } from '../../config/runtimes.ts'
import { hierarchiesHere, writableGroup } from './cgroup/hierarchies.ts'
import { removeGroup, removeLeftovers, removeTree } from './cgroup/leftovers.ts'
import { Lab } from './lab.ts'
import { driversIn, eventually, groupsOf, processes } from './remains.ts'

const { runtimes } = await detectLanguages()
const bash = runtimes.find(({ language }) => language === 'bash')!
const lab = new Lab()
const refusal = await lab.refusal()
const here = refusal === null ? describe : describe.skip

afterAll(() => lab.close())

const cacheDir = process.getuid?.() === 0 ? '/var/cache/greenroom' : join(tmpdir(), 'greenroom-test-cache')

const driver = (dataDir: string) => `
import { sandboxExecutor } from ${JSON.stringify(new URL('./sandbox.ts', import.meta.url).href)}
const executor = sandboxExecutor({ dataDir: ${JSON.stringify(dataDir)}, cacheDir: ${JSON.stringify(cacheDir)}, concurrency: 2, limitsBy: 'cgroups' })
await executor.open()
const runtime = ${JSON.stringify(bash.runtime)}
const limits = { wallMs: 60000, cpuMs: 60000, memoryBytes: 1 << 26, processes: 8, outputBytes: 1000, diskBytes: 1 << 20 }
executor.start({ id: 'orphan', runtime, files: [{ path: 'main.sh', bytes: Buffer.from('echo up; sleep 61') }], entry: 'main.sh', args: [], env: {}, limits },
  { output: () => process.stdout.write('up') })`

here('a driver that is killed', () => {
  it('takes its programs with it, and the next one sweeps up its groups and pipes', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'greenroom-driver-'))
    try {
      const script = join(dataDir, 'driver.ts')
      writeFileSync(script, driver(dataDir))
      const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(child.stdout, 'data')
      expect(groupsOf(child.pid!)).not.toEqual([])
      child.kill('SIGKILL')
      await once(child, 'exit')
      expect(
        await eventually(
          () => processes('sleep'),
          (count) => count === 0,
        ),
      ).toBe(0)
      const next = new Lab({ dataDir })
      await next.executor.open()
      expect(driversIn(child.pid!)).toBe(false)
      expect(readdirSync(join(dataDir, 'pipes')).filter((name) => name.startsWith(`${child.pid}-`))).toEqual([])
      await next.close()
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})

here('the groups of a driver that is not seen', () => {
  it('are removed where processes have the same numbers, and left alone where they have others', async () => {
    const hierarchies = hierarchiesHere()
    const base = writableGroup(hierarchies.get('pids') ?? hierarchies.get('unified')!)
    const namespace = statSync('/proc/self/ns/pid').ino
    const [ours, theirs] = [namespace, namespace + 1].map((own) => join(base, `greenroom-${process.pid}-1-${own}-0`))
    for (const group of [ours!, theirs!]) mkdirSync(group)
    try {
      await removeLeftovers(base)
      expect([ours!, theirs!].map((group) => existsSync(group))).toEqual([false, true])
    } finally {
      for (const group of [ours!, theirs!]) if (existsSync(group)) rmdirSync(group)
    }
  })
})

here('what a driver that is gone has left', () => {
  it('is removed by several others that start at once, none of which minds that another was faster', async () => {
    const base = writableGroup(hierarchiesHere().get('pids') ?? hierarchiesHere().get('unified')!)
    const left = join(base, `greenroom-${process.pid}-2-${statSync('/proc/self/ns/pid').ino}-0`)
    for (let i = 0; i < 500; i++) mkdirSync(join(left, `${i}`), { recursive: true })
    const module = JSON.stringify(new URL('./cgroup/leftovers.ts', import.meta.url).href)
    const sweep = `const { removeLeftovers } = await import(${module})
      console.log('ready')
      process.stdin.once('data', () => removeLeftovers(${JSON.stringify(base)}))`
    const sweepers = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', sweep], { stdio: 'pipe' }),
    )
    try {
      const complaints = sweepers.map(({ stderr }) => text(stderr))
      await Promise.all(sweepers.map(({ stdout }) => once(stdout, 'data')))
      for (const { stdin } of sweepers) stdin.end('go')
      expect(await Promise.all(complaints)).toEqual(['', '', '', ''])
      expect(existsSync(left)).toBe(false)
    } finally {
      for (const child of sweepers) child.kill('SIGKILL')
      await removeTree(left)
    }
  })
})

here('a group', () => {
  it('goes once its last member has, however long that takes to die', async () => {
    const hierarchies = hierarchiesHere()
    const base = writableGroup(hierarchies.get('pids') ?? hierarchies.get('unified')!)
    const group = join(base, `greenroom-slow-${process.pid}`)
    mkdirSync(group)
    const member = spawn('sleep', ['600'])
    try {
      writeFileSync(join(group, 'cgroup.procs'), `${member.pid}`)
      const removed = removeGroup(group)
      setTimeout(() => member.kill('SIGKILL'), 3000)
      await removed
      expect(existsSync(group)).toBe(false)
    } finally {
      member.kill('SIGKILL')
    }
  })
})
