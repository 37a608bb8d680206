import { Problem, problemIn, unreachable } from './problem.ts'
import { askToken, token } from './token.ts'
import type { Example, Execution, ExecutionItem, Health, Runtime, Stream, Submission } from './wire.ts'

const BASE = '/api/v1'
const ATTEMPTS = 3

type Options = {
  base?: string
  method?: string
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}
type Page = { items: ExecutionItem[]; next: string | null }

const send = async (path: string, options: Options): Promise<Response> => {
  const { base = BASE, method = 'GET', body, headers = {}, signal } = options
  const bearer = token()
  try {
    return await fetch(base + path, {
      method,
      signal,
      cache: 'no-store',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw unreachable()
  }
}

const request = async (path: string, options: Options = {}): Promise<Response> => {
  const response = await send(path, options)
  if (response.ok || response.status === 206) return response
  if (response.status === 401 && (await askToken())) return request(path, options)
  throw await problemIn(response)
}

const json = async <T>(path: string, options?: Options): Promise<T> => (await request(path, options)).json()
const of = (id: string) => `/executions/${encodeURIComponent(id)}`

// A submission carries a key, so that sending it again after a lost answer cannot run it twice.
const submit = async (submission: Submission): Promise<Execution> => {
  const headers = { 'idempotency-key': crypto.randomUUID() }
  for (let attempt = 1; ; attempt++) {
    try {
      return await json<Execution>('/executions', { method: 'POST', body: submission, headers })
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 0 || attempt === ATTEMPTS) throw error
      await new Promise((resolve) => setTimeout(resolve, 300 * attempt))
    }
  }
}

/** Everything the page asks of Greenroom; the only place that fetches. Refusals are thrown as Problem. */
export const api = {
  submit,
  get: (id: string, signal?: AbortSignal) => json<Execution>(of(id), { signal }),
  list: (query: Record<string, string>, signal?: AbortSignal) =>
    json<Page>(`/executions?${new URLSearchParams(query)}`, { signal }),
  cancel: (id: string) => request(`${of(id)}/cancel`, { method: 'POST', body: {} }),
  retry: (id: string) => json<Execution>(`${of(id)}/retry`, { method: 'POST', body: {} }),
  remove: (id: string) => request(of(id), { method: 'DELETE' }),
  program: (id: string) => json<Submission>(`${of(id)}/program`),
  stdin: (id: string, input: { content?: string; close?: boolean }) =>
    request(`${of(id)}/stdin`, { method: 'POST', body: input }),
  runtimes: () => json<Runtime[]>('/runtimes'),
  examples: () => json<Example[]>('/examples'),
  health: () => json<Health>('/health', { base: '' }),
  output: async (id: string, stream: Stream) => (await request(`${of(id)}/output?stream=${stream}`)).blob(),
  artifact: async (id: string, path: string) =>
    (await request(`${of(id)}/artifacts/${path.split('/').map(encodeURIComponent).join('/')}`)).blob(),
  stream: (id: string, cursor: string | null, signal: AbortSignal) =>
    request(`${of(id)}/stream`, {
      signal,
      headers: { accept: 'text/event-stream', ...(cursor ? { 'last-event-id': cursor } : {}) },
    }),
}
