import type { Share } from './cgroup/cgroup.ts'
import type { Limits } from './executor.ts'
import { fairShare } from './fair-share.ts'
import type { Place } from './place.ts'

const POLL_MS = 50

export type Deadlines = { stop(): void }

/** Watches the wall and the CPU clock of a place from now on and calls at most once for each; says what it has beside others, by what it has taken. */
export const deadlines = (
  limits: Limits,
  place: Pick<Place, 'read' | 'share'>,
  onLate: (why: 'wall_timeout' | 'cpu_timeout') => void,
): Deadlines => {
  const wall = setTimeout(() => onLate('wall_timeout'), limits.wallMs)
  const began = performance.now()
  const fair = fairShare()
  let share: Share = 'full'
  const poll = setInterval(() => {
    const { cpuUserMs, cpuSystemMs } = place.read()
    const cpuMs = cpuUserMs + cpuSystemMs
    if (cpuMs >= limits.cpuMs) {
      clearInterval(poll)
      return onLate('cpu_timeout')
    }
    const before = share
    share = fair(cpuMs, performance.now() - began)
    if (share !== before) place.share(share)
  }, POLL_MS)
  return {
    stop: () => {
      clearTimeout(wall)
      clearInterval(poll)
    },
  }
}
