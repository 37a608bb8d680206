import type { Fact } from '../contract/contract.ts'

/** What a rule has decided: the next state, and the facts that become true with it. */
export type Decision<S> = { state: S; facts: Fact[] }
