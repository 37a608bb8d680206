/** Who holds a lease now. */
export type Holder = { holder: string; token: number }

/**
 * A right that at most one holder has at a time, for as long as it renews it.
 *
 * Promises: of all who ask at once one gets it; a holder that dies loses it after `forMs`; every grant has a greater
 * `token` than all before it, also after the server has lost its memory. A holder that was stopped for longer than its
 * lease cannot know that another has it: only the token that it shows with each effect makes its effects harmless.
 */
export interface Lease {
  /** The token of the grant; null while somebody holds it, be it under the same name. */
  acquire(holder: string, forMs: number): Promise<number | null>
  /** Counts `forMs` from now; false when the lease was lost. */
  renew(token: number, forMs: number): Promise<boolean>
  /** Makes room for the next at once; false when the lease was lost. */
  release(token: number): Promise<boolean>
  current(): Promise<Holder | null>
}

export interface Locks {
  lease(name: string): Lease
}
