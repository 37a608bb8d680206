import type { Claim, Job } from './queue.ts'

/** Somebody who waits, and what was added for it by writes that are committed, or about to be. */
export class Standing {
  readonly claim: Claim
  readonly wake: () => void
  /** Until when no job can be ready but one that is added. */
  aloneUntil = 0
  jobs: Job[] = []

  constructor(claim: Claim, wake: () => void) {
    this.claim = claim
    this.wake = wake
  }

  give(job: Job): void {
    this.jobs.push(job)
    this.claim.took(1)
  }

  /** The write was undone, and with it the lease. */
  withdraw(job: Job): void {
    this.jobs = this.jobs.filter((one) => one !== job)
    this.claim.took(-1)
  }
}
