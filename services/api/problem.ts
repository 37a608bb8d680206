import type { IncomingMessage, ServerResponse } from 'node:http'
import { part } from './parting.ts'

/** RFC 9457 problem details, as every error of the API is answered. */
export type Problem = {
  type: string
  title: string
  status: number
  detail: string
  errors: { field: string; message: string }[]
  requestId: string
  /** Where the state of a run is why: that state. */
  state?: string
}

type Raised = {
  message?: string
  code?: number | string
  status?: number
  type?: string
  data?: unknown
  retryable?: boolean
}
type FieldError = { field?: string; message?: string; type?: string; actual?: unknown }

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Refused',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Timed out',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  416: 'Range not satisfiable',
  422: 'Invalid request',
  429: 'Too many requests',
  431: 'Too large',
  500: 'Internal error',
  503: 'Not available',
  504: 'Timed out',
}

// A request can hold any number of faults and names; the answer stays readable.
const MOST_FAULTS = 100
const MOST_NAMES = 20
const NAME_LENGTH = 64

// Moleculer's names for "nobody answers for this now"; a caller must not take them for "there is no such thing".
const UNAVAILABLE = [
  'SERVICE_NOT_AVAILABLE',
  'SERVICE_NOT_FOUND',
  'REQUEST_REJECTED',
  'BROKER_DISCONNECTED',
  'BAD_GATEWAY',
]

/** What a caller is told of an error. What is not meant for callers stays inside: they learn that, not why. */
export const toProblem = (raised: unknown, requestId: string): Problem => {
  const error = (raised ?? {}) as Raised
  const status = statusOf(error)
  const isTold = status < 500 || error.type === 'STORE_UNAVAILABLE' || error.type === 'NO_WORKER'
  return {
    type: `urn:greenroom:${(isTold ? (error.type ?? titleOf(status)) : titleOf(status)).toLowerCase().replace(/[^a-z0-9]+/g, '-')}`,
    title: titleOf(status),
    status,
    detail: isTold ? detailOf(error, status) : fallback(status),
    errors: status === 422 || status === 400 ? fieldErrors(error.data) : [],
    requestId,
    ...(status === 409 && stateIn(error.data)),
  }
}

const stateIn = (data: unknown) => {
  const { state } = (data ?? {}) as { state?: unknown }
  return typeof state === 'string' ? { state } : {}
}

const statusOf = ({ code, status, type = '' }: Raised): number => {
  if (UNAVAILABLE.includes(type)) return 503
  if (type === 'REQUEST_TIMEOUT') return 504
  const number = typeof code === 'number' ? code : status
  return typeof number === 'number' && number >= 400 && number < 600 ? number : 500
}

const titleOf = (status: number) => TITLES[status] ?? (status < 500 ? 'Refused' : 'Internal error')

const fallback = (status: number) =>
  status === 500
    ? 'Something went wrong here; the log has the details under this request id.'
    : 'Try again in a moment.'

const detailOf = ({ message = '', data, type }: Raised, status: number): string => {
  if (type === 'VALIDATION_ERROR' || type === 'ERR_VALIDATION')
    return fieldErrors(data)
      .map((error) => error.message)
      .join(' ')
  return message || titleOf(status)
}

const fieldErrors = (data: unknown): Problem['errors'] =>
  Array.isArray(data) ? data.slice(0, MOST_FAULTS).flatMap(fieldError) : []

const fieldError = ({ field = '', message = '', type, actual }: FieldError): Problem['errors'] => {
  if (type !== 'objectStrict') return [{ field, message: plain(field, message) }]
  const unknown = String(actual)
    .split(', ')
    .slice(0, MOST_NAMES)
    .map((name) => name.slice(0, NAME_LENGTH))
  return unknown.map((name) => {
    const full = field ? `${field}.${name}` : name
    return { field: full, message: `${full}: there is no such field.` }
  })
}

// The validator's sentences say "The 'a.b' field …"; ours begin with the field, wherever they come from.
const plain = (field: string, message: string) =>
  message
    .replace(/^The '.*?' (?:field|key) (?:value )?/s, () => `${field}: `)
    .replace(/!?$/, '')
    .replace(/\.?$/, '.')

/** Seconds after which a refused request is worth another try, if the error knows. */
export const retryAfter = (raised: unknown): number | null => {
  const { data } = (raised ?? {}) as Raised
  const seconds = (data as { retryAfter?: unknown } | undefined)?.retryAfter
  return typeof seconds === 'number' ? seconds : null
}

/** Answers with a problem; a response that has begun already is cut off instead, since its status is gone. */
export const sendProblem = (req: IncomingMessage, res: ServerResponse, raised: unknown, requestId: string): Problem => {
  const problem = toProblem(raised, requestId)
  if (res.headersSent) {
    res.destroy()
    return problem
  }
  const seconds = retryAfter(raised) ?? (problem.status === 503 ? 2 : null)
  const body = Buffer.from(JSON.stringify(problem))
  const headers = {
    'Content-Type': 'application/problem+json',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
  }
  // An unread body would be taken for the next request.
  if (!req.complete) res.setHeader('Connection', 'close')
  if (seconds !== null) res.setHeader('Retry-After', seconds)
  res.writeHead(problem.status, headers)
  if (req.method === 'HEAD') res.end()
  else if (req.complete) res.end(body)
  else part(req, res, body)
  return problem
}
