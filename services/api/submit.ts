import { call } from '../../mixins/contract/contract.ts'
import { callWhenThere, NOT_SENT } from '../../mixins/contract/patience.ts'
import { FINAL_STATES } from '../executions/execution.schema.ts'
import { type ExecutionView, executions, type Submission } from '../executions/executions.contract.ts'
import { live } from '../live/live.contract.ts'
import { InvalidParameter } from './api.errors.ts'
import { type Exchange, type Handler, sendJson } from './exchange.ts'
import { keyOf } from './idempotency.ts'

const MOST_WAIT_S = 60
const LOOK_MS = 4000
// Whoever accepts runs may be on the way to another node. Only what has reached nobody is said again.
const PATIENCE = { forMs: 10_000, tryMs: 20_000, absent: NOT_SENT }

/** POST /executions: accepts a run; with `?wait` answers when it has ended, if that is soon enough. */
export const submit: Handler = async (req, res) => {
  const { body = {}, query } = req.$params
  const waitMs = waitOf(query)
  const key = keyOf(req)
  if (key !== null) req.$ctx.meta.idempotencyKey = key
  const accepted = await callWhenThere(req.$ctx, executions.submit, body as Submission, PATIENCE)
  res.setHeader('Location', `/api/v1/executions/${accepted.id}`)
  const isOver = waitMs > 0 && (await ended(req, accepted, waitMs, () => res.destroyed))
  const now = waitMs > 0 ? await call(req.$ctx, executions.get, { id: accepted.id }) : accepted
  sendJson(req, res, isOver ? 200 : 202, now)
}

const waitOf = (query: Record<string, unknown>): number => {
  const { wait, ...others } = query
  const unknown = Object.keys(others)[0]
  if (unknown !== undefined) throw new InvalidParameter(unknown, 'there is no such parameter.')
  if (wait === undefined) return 0
  const seconds = typeof wait === 'string' && /^\d+(\.\d+)?$/.test(wait) ? Number(wait) : Number.NaN
  if (!(seconds >= 0 && seconds <= MOST_WAIT_S))
    throw new InvalidParameter('wait', `give seconds from 0 to ${MOST_WAIT_S}.`)
  return seconds * 1000
}

const isFinal = ({ state }: ExecutionView) => (FINAL_STATES as readonly string[]).includes(state)

const ended = async (
  req: Exchange,
  accepted: ExecutionView,
  forMs: number,
  isGone: () => boolean,
): Promise<boolean> => {
  // An earlier request with the same key may have been answered long ago.
  if (isFinal(accepted)) return true
  const { id } = accepted
  const deadline = Date.now() + forMs
  for (let left = forMs; left > 0 && !isGone(); left = deadline - Date.now()) {
    const found = await call(req.$ctx, live.settled, { id, waitMs: Math.ceil(Math.min(left, LOOK_MS)), alive: true })
    if (found.ended) return true
  }
  return false
}
