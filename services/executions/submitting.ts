import { createHash } from 'node:crypto'
import type { Context, Service } from 'moleculer'
import { v7 as uuidv7 } from 'uuid'
import type { Caller } from '../../mixins/contract/actor.ts'
import { call, type Result } from '../../mixins/contract/contract.ts'
import { callWhenThere, NOT_SENT, UNANSWERED } from '../../mixins/contract/patience.ts'
import { traceOf } from '../../mixins/contract/trace.ts'
import type { Documents } from '../../mixins/store/documents.ts'
import { coordinator } from '../coordinator/coordinator.contract.ts'
import type { Accepted } from './acceptance.ts'
import type { Execution } from './execution.ts'
import type { Submission } from './executions.contract.ts'
import { IdempotencyConflict, InvalidSubmission } from './executions.errors.ts'
import { effective } from './limits.ts'
import { faults, type Program, program } from './submission.ts'

/** Who submits, and under which key a repetition is the same submission. */
export type Origin = { user: string; key: string | null; retryOf: string | null; request?: string; trace: string }

export const originOf = (ctx: Context<unknown, Caller>, retryOf: string | null = null): Origin => ({
  user: ctx.meta.user ?? 'local',
  key: ctx.meta.idempotencyKey ?? null,
  retryOf,
  trace: traceBehind(ctx),
})

export const traceBehind = (ctx: Context<unknown, Caller>): string => ctx.meta.trace ?? traceOf(ctx.requestID ?? ctx.id)

type Offer = Result<typeof coordinator.admit>['offer']

/**
 * The coordinator is one process, and another takes its place when it leaves or dies. Meanwhile submissions wait: what
 * they ask of it may be asked twice.
 */
const PATIENCE = { forMs: 12_000, tryMs: 2000, absent: [...NOT_SENT, ...UNANSWERED] }

const digest = (text: string) => createHash('sha256').update(text).digest('base64url')

// The order of keys says nothing, so two spellings of one request are the same request.
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

// A retry is another request than the submission it repeats, though both run one program.
const fingerprintOf = (submission: Submission, { retryOf }: Origin) =>
  digest(canonical(retryOf === null ? submission : { retryOf, submission }))

const dedupeOf = ({ user, key }: Origin, id: string) => (key === null ? id : `${user}:${digest(key)}`)

/** The run that an earlier request with this key has made; throws IdempotencyConflict when that request was another. */
export const known = async (store: Documents, submission: Submission, origin: Origin): Promise<Execution | null> => {
  if (origin.key === null) return null
  const where = { dedupe: dedupeOf(origin, '') }
  const [found] = await store.find<Execution>('executions', { where, limit: 1 })
  if (!found) return null
  if (found.fingerprint !== fingerprintOf(submission, origin)) throw new IdempotencyConflict(found.id)
  return found
}

/** Gives back the place of a run that is not accepted after all. Where nobody hears it, it is given away too, only later. */
export const dismiss = ({ broker, logger }: Service, id: string): void =>
  void call(broker, coordinator.dismiss, { id }).catch((error) =>
    logger.warn({ id, error: String(error) }, 'a place in the line could not be given back'),
  )

/**
 * Checks a request and keeps a slot or a place in the line for it. Throws InvalidSubmission with every field that is
 * wrong, or what the coordinator refuses: an unknown language, a full queue.
 */
export const admit = async (
  service: Service,
  submission: Submission,
  origin: Origin,
): Promise<{ accepted: Accepted; program: Program; hasSlot: boolean }> => {
  const wrong = faults(submission)
  if (wrong.length > 0) throw new InvalidSubmission(wrong)
  const id = uuidv7()
  const { language, version, priority = 'normal' } = submission
  const run = { id, user: origin.user, priority, language, ...(version && { version }) }
  const { hasSlot, offer } = await callWhenThere(service.broker, coordinator.admit, run, PATIENCE)
  try {
    const accepted = acceptedAs(id, submission, origin, offer)
    return { accepted, program: program(submission, offer.language, offer.fileName), hasSlot }
  } catch (error) {
    dismiss(service, id)
    throw error
  }
}

const acceptedAs = (id: string, submission: Submission, origin: Origin, offer: Offer): Accepted => ({
  id,
  user: origin.user,
  dedupe: dedupeOf(origin, id),
  fingerprint: origin.key === null ? '' : fingerprintOf(submission, origin),
  language: offer.language,
  version: offer.version,
  limits: effective(submission.limits, offer.limits, offer.maxima),
  priority: submission.priority ?? 'normal',
  labels: submission.labels ?? {},
  interactive: submission.interactive ?? false,
  retries: submission.retries ?? 0,
  retryOf: origin.retryOf,
  ...(origin.request !== undefined && { request: origin.request }),
  trace: origin.trace,
  artifacts: submission.artifacts ? [] : null,
})
