import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hierarchiesHere } from './cgroup/hierarchies.ts'

// Its group, or the top where that is not given all controllers.
const bases = () => [...new Set([...hierarchiesHere().values()].flatMap(({ own, mount }) => [own, mount]))]

/** Groups below a driver's own folders, in every hierarchy. */
export const groupsOf = (pid: number | string): { name: string; members: number }[] =>
  bases().flatMap((base) =>
    readdirSync(base)
      .filter((name) => name.startsWith(`greenroom-${pid}-`))
      .flatMap((driver) =>
        readdirSync(join(base, driver), { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map(({ name }) => ({ name, members: membersOf(join(base, driver, name)) })),
      ),
  )

const membersOf = (group: string): number => {
  try {
    return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).length
  } catch {
    // It has gone since it was listed.
    return 0
  }
}

/** The files in which the kernel tells what memory it charges to each group of a driver of this process. */
export const memoryAccounts = (): string[] =>
  globSync(`/sys/fs/cgroup/{memory/,}**/greenroom-${process.pid}-*/*/memory.{usage_in_bytes,current}`)

/** Whether a driver still has folders in any hierarchy. */
export const driversIn = (pid: number): boolean =>
  bases().some((base) => readdirSync(base).some((name) => name.startsWith(`greenroom-${pid}-`)))

/** How many mounts this process sees. */
export const mounts = () => readFileSync('/proc/self/mountinfo', 'utf8').split('\n').length
/** How many files this process has open. */
export const descriptors = () => readdirSync('/proc/self/fd').length
/** How many processes with this mark on their command line run under users of sandboxes. */
export const processes = (mark: string) =>
  readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && text(pid, 'cmdline').includes(mark) && userOf(pid) >= 60_000,
  ).length
const userOf = (pid: string) => Number(/^Uid:\s+(\d+)/m.exec(text(pid, 'status'))?.[1] ?? 0)
const text = (pid: string, name: string) => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}

/** What is seen once it is good, or after a while. */
export const eventually = async <T>(look: () => T, good: (seen: T) => boolean, ms = 60_000): Promise<T> => {
  for (const until = performance.now() + ms; ; await sleep(10)) {
    const seen = look()
    if (good(seen) || performance.now() > until) return seen
  }
}
