import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ASIDE } from './hierarchies.ts'

// Whoever is born while its parent is moved is found by the next look.
const LOOKS = 100

/**
 * Passes controllers on to the groups below one. The kernel allows that only where no process is in the group itself, so
 * that those step aside into a group of their own. Throws a sentence where some cannot.
 */
export const passOn = (base: string, controllers: readonly string[]): void => {
  const enabling = controllers.map((name) => `+${name}`).join(' ')
  for (let look = 0; !isPassedOn(base, enabling); look++) {
    if (look === LOOKS) throw new TypeError(`${base} cannot be divided: it holds processes that cannot be moved`)
    stepAside(base)
  }
}

const isPassedOn = (base: string, enabling: string): boolean => {
  try {
    writeFileSync(join(base, 'cgroup.subtree_control'), enabling)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error
    return false
  }
}

const stepAside = (base: string): void => {
  const leaf = join(base, ASIDE)
  mkdirSync(leaf, { recursive: true })
  for (const pid of membersOf(base)) {
    try {
      writeFileSync(join(leaf, 'cgroup.procs'), pid)
    } catch (error) {
      // It has ended since it was listed.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

// Processes of other containers are listed as 0, which would mean ourselves.
const membersOf = (group: string): string[] =>
  readFileSync(join(group, 'cgroup.procs'), 'utf8')
    .split('\n')
    .filter((pid) => pid !== '' && pid !== '0')
