import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bounds, type Cgroups, type Group, type Purpose, sameBounds } from './cgroup.ts'
import { field, number } from './fields.ts'
import { type Hierarchy, isWritable, writableGroup } from './hierarchies.ts'
import { ownName, removeGroup, removeLeftovers, removeTree } from './leftovers.ts'
import { passOn } from './pass-on.ts'
import { Weights, weigh } from './weights.ts'

const NEEDED = ['memory', 'pids', 'cpu'] as const

const WEIGHT = { file: 'cpu.weight', full: 100, less: 25, rest: 1 }

/** Groups in the unified tree: beside this process, or at the top of what it sees. */
export const cgroupsV2 = async (unified: Hierarchy): Promise<Cgroups> => {
  const base = baseOf(unified)
  passOn(base, NEEDED)
  const parent = join(base, ownName())
  mkdirSync(parent, { recursive: true })
  await removeLeftovers(base)
  passOn(parent, NEEDED)
  const weights = new Weights((share) => weigh(parent, share, WEIGHT))
  let count = 0
  return {
    kind: 'cgroup v2',
    kills: existsSync(join(parent, 'cgroup.kill')),
    trees: { unified: parent },
    create: (bounds, purpose) => createGroup(parent, `${count++}`, bounds, purpose, weights),
    close: () => removeTree(parent),
  }
}

// A login, or a unit without Delegate=yes, is seldom given all controllers; root has them at the top.
const baseOf = ({ own, mount }: Hierarchy): string => {
  const found = writableGroup({ own, mount })
  const missing = missingIn(found)
  if (missing.length === 0) return found
  if (isWritable(mount) && missingIn(mount).length === 0) return mount
  throw new TypeError(`the cgroup controllers ${missing.join(', ')} are not given to ${found}`)
}

const missingIn = (group: string): string[] => {
  const offered = readFileSync(join(group, 'cgroup.controllers'), 'utf8').trim().split(' ')
  return NEEDED.filter((name) => !offered.includes(name))
}

const createGroup = (parent: string, name: string, first: Bounds, purpose: Purpose, weights: Weights): Group => {
  const folder = join(parent, name)
  mkdirSync(folder, { recursive: true })
  let bounds = first
  bound(folder, bounds)
  if (purpose === 'program') weights.runs(folder)
  const seen = { memory: 0, processes: 0 }
  const most = (what: keyof typeof seen, controller: string) => {
    const values = ['peak', 'current'].map((kind) => number(join(folder, `${controller}.${kind}`)))
    seen[what] = Math.max(seen[what], ...values)
    return seen[what]
  }
  return {
    name,
    join: (pid) => writeFile(join(folder, 'cgroup.procs'), `${pid}`),
    bound: (by) => {
      if (!sameBounds(by, bounds)) bound(folder, by)
      bounds = by
      weights.runs(folder)
    },
    share: (share) => {
      weigh(folder, share, WEIGHT)
      weights.has(folder, share)
    },
    cpu: () => cpu(folder),
    read: () => {
      return {
        ...cpu(folder),
        memoryPeakBytes: most('memory', 'memory'),
        processesPeak: most('processes', 'pids'),
        oomKills: field(readFileSync(join(folder, 'memory.events'), 'utf8'), 'oom_kill'),
        refusals: field(readFileSync(join(folder, 'pids.events'), 'utf8'), 'max'),
      }
    },
    kill: () => {
      if (existsSync(join(folder, 'cgroup.kill'))) writeFileSync(join(folder, 'cgroup.kill'), '1')
    },
    remove: () => {
      weights.gone(folder)
      return removeGroup(folder)
    },
  }
}

const cpu = (folder: string) => {
  const stat = readFileSync(join(folder, 'cpu.stat'), 'utf8')
  return { cpuUserMs: field(stat, 'user_usec') / 1000, cpuSystemMs: field(stat, 'system_usec') / 1000 }
}

const bound = (folder: string, bounds: Bounds) => {
  writeFileSync(join(folder, 'memory.max'), `${bounds.memoryBytes}`)
  if (existsSync(join(folder, 'memory.swap.max'))) writeFileSync(join(folder, 'memory.swap.max'), '0')
  writeFileSync(join(folder, 'pids.max'), `${bounds.processes}`)
}
