import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bounds, type Cgroups, type Group, type Purpose, sameBounds } from './cgroup.ts'
import { field, number } from './fields.ts'
import { type Hierarchies, writableGroup } from './hierarchies.ts'
import { ownName, removeGroup, removeLeftovers, removeTree } from './leftovers.ts'
import { Weights, weigh } from './weights.ts'

const NEEDED = ['memory', 'pids', 'cpu'] as const

const SHARES = { file: 'cpu.shares', full: 1024, less: 256, rest: 2 }

type Parents = { memory: string; pids: string; cpu: string; cpuacct?: string; unified?: string }

/** Groups under the separate controllers of cgroup v1; a unified tree beside them, where mounted, kills and counts CPU time. */
export const cgroupsV1 = async (hierarchies: Hierarchies): Promise<Cgroups> => {
  const parents = await openParents(hierarchies)
  const weights = new Weights((share) => weigh(parents.cpu, share, SHARES))
  let count = 0
  return {
    kind: 'cgroup v1',
    kills: parents.unified !== undefined,
    trees: parents,
    create: (bounds, purpose) => createGroup(parents, `${count++}`, bounds, purpose, weights),
    close: async () => {
      for (const parent of Object.values(parents)) await removeTree(parent)
    },
  }
}

const openParents = async (hierarchies: Hierarchies): Promise<Parents> => {
  const missing = NEEDED.filter((name) => !hierarchies.has(name))
  if (missing.length > 0) throw new TypeError(`the cgroup controllers ${missing.join(', ')} are not mounted`)
  const accounting = hierarchies.has('unified') ? 'unified' : 'cpuacct'
  const parents: Record<string, string> = {}
  const own = ownName()
  for (const name of [...NEEDED, accounting]) parents[name] = await openParent(hierarchies, name, own)
  return parents as Parents
}

const openParent = async (hierarchies: Hierarchies, name: string, own: string): Promise<string> => {
  const hierarchy = hierarchies.get(name)
  if (!hierarchy) throw new TypeError(`the cgroup controller ${name} is not mounted`)
  const base = writableGroup(hierarchy)
  const parent = join(base, own)
  mkdirSync(parent, { recursive: true })
  await removeLeftovers(base)
  return parent
}

const createGroup = (parents: Parents, name: string, first: Bounds, purpose: Purpose, weights: Weights): Group => {
  const at = Object.fromEntries(
    Object.entries(parents).map(([controller, parent]) => [controller, join(parent, name)]),
  ) as Parents
  const folders = [...new Set(Object.values(at))]
  for (const folder of folders) mkdirSync(folder, { recursive: true })
  let bounds = first
  bound(at, bounds, false)
  if (purpose === 'program') weights.runs(name)
  let processesSeen = 0
  return {
    name,
    join: async (pid) => {
      await Promise.all(folders.map((folder) => writeFile(join(folder, 'cgroup.procs'), `${pid}`)))
    },
    bound: (by) => {
      if (!sameBounds(by, bounds)) bound(at, by, by.memoryBytes > bounds.memoryBytes)
      bounds = by
      weights.runs(name)
    },
    share: (share) => {
      weigh(at.cpu, share, SHARES)
      weights.has(name, share)
    },
    cpu: () => cpu(at),
    read: () => {
      // Older kernels keep no peak.
      processesSeen = Math.max(
        processesSeen,
        number(join(at.pids, 'pids.peak')) || number(join(at.pids, 'pids.current')),
      )
      return {
        ...cpu(at),
        memoryPeakBytes: number(join(at.memory, 'memory.max_usage_in_bytes')),
        processesPeak: processesSeen,
        oomKills: field(readFileSync(join(at.memory, 'memory.oom_control'), 'utf8'), 'oom_kill'),
        refusals: field(readFileSync(join(at.pids, 'pids.events'), 'utf8'), 'max'),
      }
    },
    kill: () => {
      // A group that is gone has nobody left.
      if (at.unified && existsSync(at.unified)) writeFileSync(join(at.unified, 'cgroup.kill'), '1')
    },
    remove: async () => {
      weights.gone(name)
      for (const folder of folders) await removeGroup(folder)
    },
  }
}

// The limit without swap can never be above the one with it.
const bound = (at: Parents, bounds: Bounds, raises: boolean) => {
  const withSwap = join(at.memory, 'memory.memsw.limit_in_bytes')
  const knowsSwap = existsSync(withSwap)
  if (raises && knowsSwap) writeFileSync(withSwap, `${bounds.memoryBytes}`)
  writeFileSync(join(at.memory, 'memory.limit_in_bytes'), `${bounds.memoryBytes}`)
  if (!raises && knowsSwap) writeFileSync(withSwap, `${bounds.memoryBytes}`)
  if (!knowsSwap) writeFileSync(join(at.memory, 'memory.swappiness'), '0')
  writeFileSync(join(at.pids, 'pids.max'), `${bounds.processes}`)
}

const cpu = (at: Parents) => {
  if (!at.unified) {
    const nanos = (kind: string) => number(join(at.cpuacct!, `cpuacct.usage_${kind}`)) / 1e6
    return { cpuUserMs: nanos('user'), cpuSystemMs: nanos('sys') }
  }
  const stat = readFileSync(join(at.unified, 'cpu.stat'), 'utf8')
  return { cpuUserMs: field(stat, 'user_usec') / 1000, cpuSystemMs: field(stat, 'system_usec') / 1000 }
}
