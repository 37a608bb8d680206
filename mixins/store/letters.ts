import type { Fact } from '../contract/contract.ts'
import { messageOf } from '../topics/message.ts'
import type { NewMessage } from '../topics/topics.ts'

/** A message that is kept with the write that makes it true, until it has been published. */
export type Letter = { topic: string; message: NewMessage }

/** The letters of a write. Made before it begins, so that a fact that does not fit its contract stops it. */
export const lettersOf = (facts: readonly Fact[]): Letter[] =>
  facts.map((fact) => ({ topic: fact.contract.topic, message: messageOf(fact) }))
