import { v7 } from 'uuid'
import { shortOf } from '../../mixins/store/short-id.ts'
import { type DeadLetter, isEverybodys } from '../../mixins/topics/dead-letter.ts'
import { type Provenance, replayed } from '../../mixins/topics/replay.ts'
import type { NewMessage } from '../../mixins/topics/topics.ts'
import type { LetterView } from './deadletters.contract.ts'
import { InvalidRetry, LetterSettled } from './deadletters.errors.ts'

/** What is kept of a dead letter besides its envelope, which never changes. */
export type Letter = LetterView & {
  rev: number
  short: string
  /** Who failed at what: the same message buried again by the same group is the same letter. */
  letter: string
}

/** The letter that an envelope begins as. */
export const received = (envelope: DeadLetter): Letter => {
  const { id: letter, topic, partition, offset, group, attempts, lastFailureAt, error, replayOf, message } = envelope
  const id = v7()
  return {
    id,
    rev: 0,
    short: shortOf(id),
    letter,
    state: 'open',
    ...{ topic, partition, offset, group, attempts, replayOf },
    type: message.type,
    messageId: message.id,
    key: message.key,
    cause: error.type ?? error.name,
    error: error.message.slice(0, 1000),
    failedAt: lastFailureAt,
    settledAt: null,
    settledBy: null,
    reason: null,
  }
}

type Settlement = { state: 'retried' | 'discarded'; by: string; reason: string | null }

/** Somebody has decided; throws LetterSettled when somebody has before. */
export const settle = (letter: Letter, { state, by, reason }: Settlement, now: number): Letter => {
  refuseSettled(letter)
  return { ...letter, state, settledAt: new Date(now).toISOString(), settledBy: by, reason }
}

export const refuseSettled = ({ id, state }: Letter): void => {
  if (state !== 'open') throw new LetterSettled(id, state)
}

export type Edit = { type?: string; payload?: Record<string, unknown> }

/** The group that a retry is for; null is every group. */
export const addresseeOf = (envelope: DeadLetter): string | null => (isEverybodys(envelope) ? null : envelope.group)

/** The message that a retry sends: the buried one, with what was edited. */
export const retryOf = (
  envelope: DeadLetter,
  edit: Edit,
  { by, reason }: Pick<Provenance, 'by' | 'reason'>,
): NewMessage => {
  const { message, id: of } = envelope
  const isReadable = message.payload !== null && typeof message.payload === 'object'
  if (!isReadable && edit.payload === undefined)
    throw new InvalidRetry([{ field: 'payload', message: 'payload: the message cannot be read as it is; give one.' }])
  const { type = message.type, payload = message.payload } = edit
  return replayed({ ...message, type, payload }, { of, group: addresseeOf(envelope), by, reason })
}
