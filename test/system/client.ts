import { expect } from '@jest/globals'
import type { ExecutionSummary, ExecutionView } from '../../services/executions/executions.contract.ts'
import { eventually } from '../eventually.ts'

export type Headers = Record<string, string>
export type Answer<T = Record<string, unknown>> = {
  status: number
  headers: globalThis.Headers
  body: T
  bytes: Buffer
}
export type Problem = {
  type: string
  title: string
  status: number
  detail: string
  errors: { field: string; message: string }[]
  requestId: string
  state?: string
}
export type Page = { items: ExecutionSummary[]; next: string | null }
/** A submission as anybody may write it, right or wrong. */
export type Request = Record<string, unknown>

const PATIENCE_MS = 120_000
const ENDED = ['succeeded', 'failed', 'timed_out', 'cancelled']

/** Speaks to a running Greenroom as any client would: over HTTP and with nothing but what it answers. */
export class Client {
  readonly url: string
  readonly #headers: Headers

  constructor(url: string, headers: Headers = {}) {
    this.url = url
    this.#headers = headers
  }

  /** One request; a body that is no string or buffer is sent as JSON. Paths are below /api/v1 unless they begin with `//`. */
  async ask<T = Record<string, unknown>>(method: string, path: string, body?: unknown, headers: Headers = {}) {
    const address = path.startsWith('//') ? `${this.url}${path.slice(1)}` : `${this.url}/api/v1${path}`
    const type: Headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(address, {
      method,
      // One that was kept open may be closed by the server in the very moment in which it is used again.
      headers: { connection: 'close', ...type, ...this.#headers, ...headers },
      ...(body !== undefined && { body: encoded(body) }),
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '')
    const parsed: T = isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : null
    return { status: response.status, headers: response.headers, body: parsed, bytes } satisfies Answer<T>
  }

  get<T = Record<string, unknown>>(path: string, headers?: Headers) {
    return this.ask<T>('GET', path, undefined, headers)
  }

  refused(method: string, path: string, body?: unknown, headers?: Headers) {
    return this.ask<Problem>(method, path, body, headers)
  }

  /** Submits, and expects that it is accepted. */
  async submit(submission: Request, headers?: Headers): Promise<ExecutionView> {
    const answer = await this.ask<ExecutionView>('POST', '/executions', submission, headers)
    expect({ ...answer.body, status: answer.status }).toMatchObject({ status: 202, id: expect.any(String) })
    return answer.body
  }

  /** Submits and waits for the end; on a busy machine that may be longer than one request may wait. */
  async run(submission: Request): Promise<ExecutionView> {
    const { status, body } = await this.ask<ExecutionView>('POST', '/executions?wait=60', submission)
    expect({ ...body, status }).toMatchObject({ status: body.finishedAt ? 200 : 202, id: expect.any(String) })
    return body.finishedAt ? body : this.ended(body.id)
  }

  /** Submits a program that runs until `release` is called with it, and then ends well. */
  hold(more: Request = {}): Promise<ExecutionView> {
    return this.submit({ language: 'bash', source: 'read; true', interactive: true, ...more })
  }

  /** Lets runs go on that read their input: it ends here. */
  async release(...ids: string[]): Promise<void> {
    for (const id of ids) {
      const { status } = await this.ask('POST', `/executions/${id}/stdin`, { close: true })
      expect({ id, status }).toEqual({ id, status: 202 })
    }
  }

  /** Asks that runs end now. */
  async cancel(...ids: string[]): Promise<void> {
    for (const id of ids) await this.ask('POST', `/executions/${id}/cancel`)
  }

  async show(id: string): Promise<ExecutionView> {
    return (await this.get<ExecutionView>(`/executions/${id}`)).body
  }

  /** The run once it has ended. */
  ended(id: string, patienceMs = PATIENCE_MS): Promise<ExecutionView> {
    return this.until(id, ENDED, patienceMs)
  }

  /** The run once it is in one of these states. */
  async until(id: string, states: string[], patienceMs = PATIENCE_MS): Promise<ExecutionView> {
    let view = await this.show(id)
    await eventually(async () => {
      view = await this.show(id)
      expect(states).toContain(view.state)
    }, patienceMs)
    return view
  }

  /** The run once it has printed this. */
  async untilPrinted(id: string, text: string, patienceMs = PATIENCE_MS): Promise<ExecutionView> {
    let view = await this.show(id)
    await eventually(async () => {
      view = await this.show(id)
      expect(view.stdout).toContain(text)
    }, patienceMs)
    return view
  }

  async output(id: string, stream = 'stdout', headers?: Headers): Promise<Buffer> {
    return (await this.get(`/executions/${id}/output?stream=${stream}`, headers)).bytes
  }
}

const encoded = (body: unknown) =>
  typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body)
