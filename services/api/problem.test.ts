import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PassThrough } from 'node:stream'
import { Errors } from 'moleculer'
import { StoreUnavailable } from '../../mixins/store/unavailable.ts'
import { NoWorker, QueueFull } from '../coordinator/coordinator.errors.ts'
import { ExecutionHasEnded, ExecutionNotFound, InvalidSubmission } from '../executions/executions.errors.ts'
import { retryAfter, sendProblem, toProblem } from './problem.ts'

const SECRET = 'open /var/lib/greenroom/secret: EACCES'
const leaks = (value: unknown) => JSON.stringify(value).includes('secret')

describe('a problem', () => {
  it('tells a caller what to change', () => {
    const errors = [{ field: 'limits.wallMs', message: 'limits.wallMs: 0 is less than 1.' }]
    expect(toProblem(new InvalidSubmission(errors), 'q')).toEqual({
      type: 'urn:greenroom:invalid-request',
      title: 'Invalid request',
      status: 422,
      detail: 'limits.wallMs: 0 is less than 1.',
      errors,
      requestId: 'q',
    })
  })

  it('names every field that the validator refuses, unknown ones too', () => {
    const data = [
      { type: 'number', field: 'limits.wallMs', message: "The 'limits.wallMs' field must be a number." },
      { type: 'objectStrict', field: 'limits', message: 'forbidden keys', actual: 'wall, cpu' },
      { type: 'objectStrict', actual: 'sorce' },
    ]
    const { detail, errors, status } = toProblem(
      new Errors.ValidationError('Parameters validation error!', '', data),
      'q',
    )
    expect(status).toBe(422)
    expect(errors).toEqual([
      { field: 'limits.wallMs', message: 'limits.wallMs: must be a number.' },
      { field: 'limits.wall', message: 'limits.wall: there is no such field.' },
      { field: 'limits.cpu', message: 'limits.cpu: there is no such field.' },
      { field: 'sorce', message: 'sorce: there is no such field.' },
    ])
    expect(detail).toBe(errors.map(({ message }) => message).join(' '))
  })

  it('says in which state the run is that refuses', () => {
    expect(toProblem(new ExecutionHasEnded('r', 'failed'), 'q')).toMatchObject({ status: 409, state: 'failed' })
    expect(toProblem(new ExecutionNotFound('r'), 'q')).not.toHaveProperty('state')
  })

  it.each([
    ['an error of ours', new TypeError(SECRET)],
    ['an error with a status', Object.assign(new Error(SECRET), { code: 500, type: 'SECRET' })],
    ['an unknown 5xx', Object.assign(new Error(SECRET), { code: 502, data: { path: 'secret' } })],
    ['an error of the system', Object.assign(new Error(SECRET), { code: 'EACCES', errno: -13 })],
    ['a service that is away', new Errors.ServiceNotFoundError({ action: 'secret' })],
    ['a call that took too long', new Errors.RequestTimeoutError({ action: 'secret', nodeID: 'secret' })],
    ['text', SECRET],
    ['nothing', undefined],
    ['null', null],
  ])("that is not the caller's says nothing of %s", (_, raised) => {
    const problem = toProblem(raised, 'q')
    expect(problem.status).toBeGreaterThanOrEqual(500)
    expect(leaks(problem)).toBe(false)
    expect(problem).toMatchObject({ errors: [], requestId: 'q' })
  })

  it('is temporary where somebody does not answer, and never "there is no such thing"', () => {
    expect(toProblem(new Errors.ServiceNotFoundError({ action: 'a' }), 'q').status).toBe(503)
    expect(toProblem(new Errors.ServiceNotAvailableError({ action: 'a', nodeID: 'n' }), 'q').status).toBe(503)
    expect(toProblem(new Errors.RequestTimeoutError({ action: 'a', nodeID: 'n' }), 'q').status).toBe(504)
  })

  it('tells the sentence of a full disk and of missing workers', () => {
    expect(toProblem(new StoreUnavailable('full'), 'q')).toMatchObject({ status: 503, detail: 'The disk is full.' })
    expect(toProblem(new NoWorker(), 'q').detail).toMatch(/No worker node/)
  })

  it('is the same after a network, where errors lose their class', () => {
    const wired = (error: Error) => ({ ...JSON.parse(JSON.stringify(error)), message: error.message })
    for (const error of [new QueueFull(3, 7), new ExecutionHasEnded('r', 'failed'), new StoreUnavailable('locked')])
      expect(toProblem(wired(error), 'q')).toEqual(toProblem(error, 'q'))
  })

  it('says when to try again, if that is known', () => {
    expect(retryAfter(new QueueFull(3, 7))).toBe(7)
    expect(retryAfter(new TypeError())).toBeNull()
  })
})

describe('the answer', () => {
  const answered = (raised: unknown, request: Partial<IncomingMessage> = {}, headersSent = false) => {
    const seen = { status: 0, headers: {} as Record<string, unknown>, body: '', cut: false, ended: false }
    const res = {
      headersSent,
      setHeader: (name: string, value: unknown) => Object.assign(seen.headers, { [name]: value }),
      writeHead(status: number, headers: object) {
        Object.assign(seen, { status, headers: { ...seen.headers, ...headers } })
        return res
      },
      write: (body: Buffer) => Object.assign(seen, { body: body.toString() }),
      end: (body?: Buffer) => Object.assign(seen, { ended: true, ...(body && { body: body.toString() }) }),
      destroy: () => Object.assign(seen, { cut: true }),
    }
    const req = Object.assign(new PassThrough(), { complete: true, method: 'GET', ...request })
    sendProblem(req as unknown as IncomingMessage, res as unknown as ServerResponse, raised, 'q')
    return { ...seen, req, ended: () => seen.ended }
  }

  it('carries the problem as its own media type', () => {
    const { status, headers, body = '' } = answered(new ExecutionNotFound('r'))
    expect([status, headers['Content-Type'], headers['Content-Length']]).toEqual([
      404,
      'application/problem+json',
      Buffer.byteLength(body),
    ])
    expect(JSON.parse(body)).toMatchObject({ status: 404, type: 'urn:greenroom:execution-not-found' })
  })

  it('says when to come back', () => {
    expect(answered(new QueueFull(3, 7))).toMatchObject({ status: 429, headers: { 'Retry-After': 7 } })
    expect(answered(new StoreUnavailable('full'))).toMatchObject({ status: 503, headers: { 'Retry-After': 2 } })
    expect(answered(new ExecutionNotFound('r')).headers).not.toHaveProperty('Retry-After')
  })

  it('has no body for HEAD', () => {
    const answer = answered(new ExecutionNotFound('r'), { method: 'HEAD' })
    expect({ body: answer.body, ended: answer.ended() }).toEqual({ body: '', ended: true })
  })

  it('to a request that has not been read ends its connection, but only when the sender has had its say', async () => {
    const answer = answered(new ExecutionNotFound('r'), { complete: false })
    expect(answer.headers).toMatchObject({ Connection: 'close' })
    expect(JSON.parse(answer.body)).toMatchObject({ status: 404 })
    expect(answer.ended()).toBe(false)
    answer.req.end('the rest')
    await once(answer.req, 'end')
    expect(answer.ended()).toBe(true)
  })

  it('is cut off when it has begun already', () => {
    expect(answered(new TypeError(), {}, true)).toMatchObject({ cut: true, status: 0 })
  })
})
