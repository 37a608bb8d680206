import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { field, number } from './fields.ts'
import { parseHierarchies, writableGroup } from './hierarchies.ts'
import { cgroupsV2 } from './v2.ts'

const hybrid = `30 24 0:26 / /sys/fs/cgroup/unified rw shared:5 - cgroup2 cgroup2 rw
31 24 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:6 - cgroup cgroup rw,cpu,cpuacct
32 24 0:28 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
33 24 0:29 / /proc rw - proc proc rw`

describe('the cgroup trees of a host', () => {
  it('are found by controller, ours within each', () => {
    const membership = '9:cpu,cpuacct:/a:b\n4:memory:/docker/abc/inner\n0::/user.slice'
    expect(Object.fromEntries(parseHierarchies(hybrid, membership))).toEqual({
      unified: { mount: '/sys/fs/cgroup/unified', own: '/sys/fs/cgroup/unified/user.slice' },
      cpu: { mount: '/sys/fs/cgroup/cpu,cpuacct', own: '/sys/fs/cgroup/cpu,cpuacct/a:b' },
      cpuacct: { mount: '/sys/fs/cgroup/cpu,cpuacct', own: '/sys/fs/cgroup/cpu,cpuacct/a:b' },
      memory: { mount: '/sys/fs/cgroup/memory', own: '/sys/fs/cgroup/memory/inner' },
    })
  })

  it.each([
    ['/system.slice/it.service/greenroom-service', '/system.slice/it.service'],
    ['/greenroom-service', ''],
    ['/not-greenroom-service', '/not-greenroom-service'],
  ])('of whoever has stepped aside into %s are those it was given', (group, own) => {
    const mount = '/sys/fs/cgroup/unified'
    expect(parseHierarchies(hybrid, `0::${group}`).get('unified')).toEqual({ mount, own: `${mount}${own}` })
  })
})

describe('the group below which ours are made', () => {
  const mount = mkdtempSync(join(tmpdir(), 'greenroom-cgroup-'))
  const own = join(mount, 'own')
  afterAll(() => rmSync(mount, { recursive: true }))

  it('is the one we are in, and the top of what we see where ours is not there', () => {
    expect(writableGroup({ mount, own })).toBe(mount)
    mkdirSync(own)
    expect(writableGroup({ mount, own })).toBe(own)
  })

  it('is refused where neither may be written to', () => {
    const gone = join(mount, 'gone')
    expect(() => writableGroup({ mount: gone, own: gone })).toThrow(`${gone} is not there`)
  })
})

describe('a number of the kernel', () => {
  it('is 0 where an older kernel does not tell it', () => {
    expect(field('oom 1\noom_kill 2\noom_group_kill 3\n', 'oom_kill')).toBe(2)
    expect(field('oom 1\n', 'oom_kill')).toBe(0)
    expect(number('/sys/does/not/exist')).toBe(0)
  })
})

describe('cgroup v2', () => {
  const own = mkdtempSync(join(tmpdir(), 'greenroom-cgroup-'))
  const write = (folder: string, files: Record<string, string>) => {
    for (const [name, value] of Object.entries(files)) writeFileSync(join(folder, name), value)
  }
  afterAll(() => rmSync(own, { recursive: true, force: true }))

  it('bounds a group and reads its account', async () => {
    write(own, { 'cgroup.controllers': 'cpuset cpu io memory pids\n', 'cgroup.procs': '' })
    const cgroups = await cgroupsV2({ mount: own, own })
    expect(readFileSync(join(own, 'cgroup.subtree_control'), 'utf8')).toBe('+memory +pids +cpu')
    const group = cgroups.create({ memoryBytes: 1000, processes: 9 }, 'program')
    const folder = join(own, parentIn(own), '0')
    expect(readFileSync(join(folder, 'memory.max'), 'utf8')).toBe('1000')
    expect(readFileSync(join(folder, 'pids.max'), 'utf8')).toBe('9')
    group.bound({ memoryBytes: 2000, processes: 3 })
    expect(readFileSync(join(folder, 'memory.max'), 'utf8')).toBe('2000')
    expect(readFileSync(join(folder, 'pids.max'), 'utf8')).toBe('3')
    write(folder, {
      'cpu.stat': 'usage_usec 3000\nuser_usec 2000\nsystem_usec 1000\n',
      'memory.peak': '900',
      'memory.events': 'low 0\nmax 5\noom 1\noom_kill 1\n',
      'pids.events': 'max 2\n',
      'pids.current': '4',
    })
    await group.join(77)
    expect(readFileSync(join(folder, 'cgroup.procs'), 'utf8')).toBe('77')
    const account = { cpuUserMs: 2, cpuSystemMs: 1, memoryPeakBytes: 900, processesPeak: 4, oomKills: 1, refusals: 2 }
    expect(group.read()).toEqual(account)
    writeFileSync(join(folder, 'pids.current'), '1')
    expect(group.read().processesPeak).toBe(4)
    writeFileSync(join(folder, 'cgroup.kill'), '')
    group.kill()
    expect(readFileSync(join(folder, 'cgroup.kill'), 'utf8')).toBe('1')
  })

  const bare = join(own, 'bare')
  const withoutMemory = () => {
    mkdirSync(bare, { recursive: true })
    write(bare, { 'cgroup.controllers': 'cpu pids\n' })
  }

  it('is at the top where a controller is given there alone', async () => {
    withoutMemory()
    const before = readdirSync(own)
    const cgroups = await cgroupsV2({ mount: own, own: bare })
    expect(readdirSync(own).length).toBe(before.length + 1)
    expect(readdirSync(bare)).toEqual(['cgroup.controllers'])
    expect(cgroups.trees.unified).toMatch(own)
  })

  it('is refused where a controller is not given to us', async () => {
    withoutMemory()
    await expect(cgroupsV2({ mount: bare, own: bare })).rejects.toThrow(`the cgroup controllers memory are not given`)
  })
})

const parentIn = (own: string): string => readdirSync(own).find((name) => name.startsWith('greenroom-'))!
