const PATIENCE_MS = 25

/** Told the CPU and the wall clock of a program from time to time, says whether it is to let others go first. */
export type FairShare = (cpuMs: number, wallMs: number) => boolean

/**
 * A program may use every idle core. Once it is ahead of one core's worth of time it yields to whoever else wants to
 * compute, until it is level again; what it did not use long ago does not count for it.
 */
export const fairShare = (): FairShare => {
  let ahead = 0
  let before = { cpuMs: 0, wallMs: 0 }
  let yields = false
  return (cpuMs, wallMs) => {
    ahead = Math.max(0, ahead + (cpuMs - before.cpuMs) - (wallMs - before.wallMs))
    before = { cpuMs, wallMs }
    yields = ahead > (yields ? 0 : PATIENCE_MS)
    return yields
  }
}
