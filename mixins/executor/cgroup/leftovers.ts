import { readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const PREFIX = 'greenroom-'

/** A name that nobody else has or will have: process id, the tick it started at, where ids are counted so, a number. */
export const ownName = (): string => `${PREFIX}${process.pid}-${startOf(process.pid)}-${processNamespace()}-${count++}`
let count = 0

/**
 * Removes what drivers that are gone have left below a folder of the cgroup tree; theirs alone. Drivers of other
 * containers may share the folder: whether these are gone cannot be seen from here.
 */
export const removeLeftovers = async (base: string): Promise<void> => {
  for (const name of readdirSync(base).filter((entry) => entry.startsWith(PREFIX))) {
    const [pid, start, namespace] = name.slice(PREFIX.length).split('-').map(Number)
    if (pid && namespace === processNamespace() && startOf(pid) !== start) await removeTree(join(base, name))
  }
}

const processNamespace = () => statSync('/proc/self/ns/pid').ino

/** Kills whoever is left in a group and its children, and removes them. */
export const removeTree = async (group: string): Promise<void> => {
  for (const entry of unlessGone(() => readdirSync(group, { withFileTypes: true })) ?? [])
    if (entry.isDirectory()) await removeTree(join(group, entry.name))
  unlessGone(() => killMembers(group))
  await removeGroup(group)
}

/** Undefined where the group has gone before it was looked at, or while it was: another driver may be sweeping up the same. */
const unlessGone = <T>(look: () => T): T | undefined => {
  try {
    return look()
  } catch (error) {
    if (!['ENOENT', 'ENODEV'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    return undefined
  }
}

// On a machine that is busy elsewhere a large member takes seconds to die.
const PATIENCE_MS = 20_000

/** Removes one group; waits for members that are just dying. */
export const removeGroup = async (group: string): Promise<void> => {
  for (const until = performance.now() + PATIENCE_MS; ; await sleep(2)) {
    try {
      return rmdirSync(group)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return
      if (code !== 'EBUSY' || performance.now() > until) throw error
    }
  }
}

const killMembers = (group: string) => {
  for (const pid of readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  if (readdirSync(group).includes('cgroup.kill')) writeFileSync(join(group, 'cgroup.kill'), '1')
}

// Field 22 of /proc/<pid>/stat; the name in field 2 may itself hold spaces and brackets.
const startOf = (pid: number): number | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  } catch {
    return undefined
  }
}
