import type { Holder, Lease, Locks } from './locks.ts'

type Grant = Holder & { until: number }

class InProcessLease implements Lease {
  #grant: Grant | null = null
  #last = 0

  async acquire(holder: string, forMs: number): Promise<number | null> {
    if (this.#held()) return null
    // Not below the time in microseconds, so that tokens grow over the end of the process.
    this.#last = Math.max(Math.floor((performance.timeOrigin + performance.now()) * 1000), this.#last + 1)
    this.#grant = { holder, token: this.#last, until: performance.now() + forMs }
    return this.#last
  }

  async renew(token: number, forMs: number): Promise<boolean> {
    const grant = this.#held()
    if (grant?.token !== token) return false
    grant.until = performance.now() + forMs
    return true
  }

  async release(token: number): Promise<boolean> {
    if (this.#held()?.token !== token) return false
    this.#grant = null
    return true
  }

  async current(): Promise<Holder | null> {
    const grant = this.#held()
    return grant && { holder: grant.holder, token: grant.token }
  }

  #held(): Grant | null {
    return this.#grant && this.#grant.until > performance.now() ? this.#grant : null
  }
}

/** Leases among those who share a process, and end with it. */
export const inProcessLocks = (): Locks => {
  const leases = new Map<string, Lease>()
  return {
    lease(name) {
      const lease = leases.get(name) ?? new InProcessLease()
      leases.set(name, lease)
      return lease
    },
  }
}
