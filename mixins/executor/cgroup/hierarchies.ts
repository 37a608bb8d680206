import { accessSync, constants, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Where a controller (or the unified tree, under the name `unified`) is mounted, and which group in it is ours. */
export type Hierarchy = { mount: string; own: string }
export type Hierarchies = ReadonlyMap<string, Hierarchy>

/** Where a service's own processes step aside within the group that it was given. */
export const ASIDE = 'greenroom-service'

/** The cgroup trees of this process by controller, from the texts of `/proc/self/mountinfo` and `/proc/self/cgroup`. */
export const parseHierarchies = (mountinfo: string, membership: string): Hierarchies => {
  const groups = memberships(membership)
  const found = new Map<string, Hierarchy>()
  for (const line of mountinfo.trim().split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , root = '/', mount = ''] = before.split(' ')
    const [type, , options = ''] = after.split(' ')
    const names = type === 'cgroup2' ? ['unified'] : type === 'cgroup' ? options.split(',') : []
    for (const name of names) {
      const group = groups.get(name)
      if (group !== undefined && !found.has(name))
        found.set(name, { mount, own: resolve(join(mount, below(root, group))) })
    }
  }
  return found
}

export const hierarchiesHere = (): Hierarchies =>
  parseHierarchies(readFileSync('/proc/self/mountinfo', 'utf8'), readFileSync('/proc/self/cgroup', 'utf8'))

/**
 * The group below which ours may be made: the one we are in, else the top of what we see, where a container has a part of
 * the host's tree handed over. Throws a sentence where neither may be written to.
 */
export const writableGroup = ({ own, mount }: Hierarchy): string => {
  const faults = [own, mount].map(faultOf)
  const found = [own, mount][faults.indexOf(null)]
  if (found === undefined)
    throw new TypeError(`${own} ${faults[0]}${own === mount ? '' : `, and ${mount} ${faults[1]}`}`)
  return found
}

/** Whether groups may be made below this one. */
export const isWritable = (group: string): boolean => faultOf(group) === null

const faultOf = (group: string): string | null => {
  try {
    accessSync(group, constants.W_OK)
    return null
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return 'is not there'
    return code === 'EROFS' ? 'is read-only here' : `may not be written to by user ${process.getuid?.()}`
  }
}

const memberships = (text: string): Map<string, string> => {
  const groups = new Map<string, string>()
  for (const line of text.trim().split('\n')) {
    const [id, controllers = '', ...path] = line.split(':')
    if (id === '0') groups.set('unified', given(path.join(':')))
    else for (const name of controllers.split(',')) groups.set(name, path.join(':'))
  }
  return groups
}

// Whoever has stepped aside, or was started by somebody who had, still has the whole group.
const given = (group: string): string =>
  group.endsWith(`/${ASIDE}`) ? group.slice(0, -ASIDE.length - 1) || '/' : group

// A container sees only a part of the tree; its mount then begins at `root`.
const below = (root: string, group: string): string =>
  root === '/' ? group : group.startsWith(root) ? group.slice(root.length) : '/'
