import type { Limits } from './executor.ts'
import { fairShare } from './fair-share.ts'
import type { Place } from './place.ts'

const POLL_MS = 50

export type Deadlines = { stop(): void }

/** Watches the wall and the CPU clock of a place from now on and calls at most once for each; lets others go before one that takes more than its share. */
export const deadlines = (
  limits: Limits,
  place: Pick<Place, 'read' | 'yields'>,
  onLate: (why: 'wall_timeout' | 'cpu_timeout') => void,
): Deadlines => {
  const wall = setTimeout(() => onLate('wall_timeout'), limits.wallMs)
  const began = performance.now()
  const share = fairShare()
  let yields = false
  const poll = setInterval(() => {
    const { cpuUserMs, cpuSystemMs } = place.read()
    const cpuMs = cpuUserMs + cpuSystemMs
    if (cpuMs >= limits.cpuMs) {
      clearInterval(poll)
      return onLate('cpu_timeout')
    }
    const before = yields
    yields = share(cpuMs, performance.now() - began)
    if (yields !== before) place.yields(yields)
  }, POLL_MS)
  return {
    stop: () => {
      clearTimeout(wall)
      clearInterval(poll)
    },
  }
}
