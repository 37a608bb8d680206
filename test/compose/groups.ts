import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { hierarchiesHere } from '../../mixins/executor/cgroup/hierarchies.ts'
import { removeTree } from '../../mixins/executor/cgroup/leftovers.ts'

const NEEDED = ['memory', 'pids', 'cpu', 'unified']

/** A part of this machine's cgroups, handed over to a user: all that containers below it need of them. */
export type Handed = {
  /** What the containers below it are started with as `--cgroup-parent`. */
  readonly parent: string
  /** The folder to be mounted at /sys/fs/cgroup. */
  readonly folder: string
  remove(): Promise<void>
}

export const handGroups = (uid: number): Handed => {
  // Without the slash it would be sought below the group that the engine itself is in.
  const parent = `/greenroomtest${process.pid}n${count++}.slice`
  const hierarchies = hierarchiesHere()
  const mounts = [...new Set(NEEDED.flatMap((name) => hierarchies.get(name)?.mount ?? []))]
  const groups = mounts.map((mount) => join(mount, parent))
  for (const group of groups) handOver(group, uid)
  // Docker itself makes the others of the same name, for containers below it.
  const all = [...new Set([...hierarchies.values()].map(({ mount }) => join(mount, parent)))]
  // Containers leave groups of their own below, whose last members may still be dying.
  const clear = async () => {
    for (const group of all) await removeTree(group)
  }
  if (groups.length === 1) return { parent, folder: groups[0]!, remove: clear }
  const folder = gathered(groups.map((group, i) => [group, basename(mounts[i]!)]))
  return {
    parent,
    folder,
    async remove() {
      for (const mount of mounts) run('umount', join(folder, basename(mount)))
      run('rm', '-r', folder)
      await clear()
    },
  }
}
let count = 0

const handOver = (group: string, uid: number) => {
  mkdirSync(group)
  for (const name of ['', 'cgroup.procs', 'cgroup.subtree_control'])
    if (existsSync(join(group, name))) chownSync(join(group, name), uid, uid)
}

// The trees of cgroup v1 are several, so that one folder with all of them has to be put together.
const gathered = (groups: [group: string, name: string][]): string => {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-groups-'))
  chmodSync(folder, 0o755)
  for (const [group, name] of groups) {
    mkdirSync(join(folder, name))
    run('mount', '--bind', group, join(folder, name))
  }
  return folder
}

const run = (...[program = '', ...args]: string[]) => {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new TypeError(`${program} ${args.join(' ')}: ${stderr}`)
}
