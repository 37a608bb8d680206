import type { Share } from './cgroup/cgroup.ts'

const PATIENCE_MS = 25
const YOUNG_MS = 40

/** Told the CPU and the wall clock of a program from time to time, says what it is to have beside others that want to compute. */
export type FairShare = (cpuMs: number, wallMs: number) => Share

/**
 * A program may use every idle core. One that has computed for a while lets the young go first, so that a short one
 * takes about as long as it would alone. Once it is ahead of one core's worth of time it has only what all others leave,
 * until it is level again; what it did not use long ago does not count for it.
 */
export const fairShare = (): FairShare => {
  let ahead = 0
  let before = { cpuMs: 0, wallMs: 0 }
  let yields = false
  return (cpuMs, wallMs) => {
    ahead = Math.max(0, ahead + (cpuMs - before.cpuMs) - (wallMs - before.wallMs))
    before = { cpuMs, wallMs }
    yields = ahead > (yields ? 0 : PATIENCE_MS)
    if (yields) return 'rest'
    return cpuMs > YOUNG_MS ? 'less' : 'full'
  }
}
