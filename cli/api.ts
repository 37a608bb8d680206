import { setTimeout as pause } from 'node:timers/promises'
import { Failure } from './failure.ts'

type Query = Record<string, string | undefined>
type Options = { query?: Query; body?: unknown; headers?: Record<string, string>; signal?: AbortSignal }
type Problem = { title?: string; detail?: string; errors?: { field: string; message: string }[]; requestId?: string }

/** The server said no, or could not: its own sentence, and the status for those who can do something about it. */
export class Refusal extends Failure {
  readonly status: number
  readonly retryAfterSeconds: number | null

  constructor(status: number, sentence: string, retryAfterSeconds: number | null) {
    super(sentence)
    this.status = status
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Nobody answered; whether the request arrived is not known. */
export class Unreachable extends Failure {}

export type Api = {
  readonly url: string
  get<T>(path: string, options?: Options): Promise<T>
  post<T>(path: string, options?: Options): Promise<T>
  delete(path: string): Promise<void>
  /** The response itself, for streams; refusals are thrown. */
  open(path: string, options?: Options): Promise<Response>
}

const DEFAULT_URL = 'http://127.0.0.1:3000'

/** A client of the server that the command line or the environment names. */
export const connectApi = (given: string | undefined, env: NodeJS.ProcessEnv = process.env): Api => {
  const url = checkedUrl(given ?? (env.GREENROOM_URL || DEFAULT_URL))
  const token = env.GREENROOM_TOKEN
  const send =
    (method: string) =>
    async (path: string, options: Options = {}) =>
      request(url, token, method, path, options)
  return {
    url,
    get: async (path, options) => (await send('GET')(path, options)).json() as Promise<never>,
    post: async (path, options) => (await send('POST')(path, { body: {}, ...options })).json() as Promise<never>,
    delete: async (path) => void (await send('DELETE')(path)),
    open: send('GET'),
  }
}

const checkedUrl = (text: string): string => {
  const url = URL.parse(text)
  if (url && /^https?:$/.test(url.protocol) && !url.username) return url.href.replace(/\/+$/, '')
  throw new Failure(`"${text}" is not the address of a server; write it as ${DEFAULT_URL} (--url or GREENROOM_URL).`)
}

const request = async (url: string, token: string | undefined, method: string, path: string, options: Options) => {
  const query = new URLSearchParams(
    Object.entries(options.query ?? {}).filter((entry): entry is [string, string] => !!entry[1]),
  )
  const body = options.body === undefined ? null : JSON.stringify(options.body)
  const response = await reach(url, `${url}/api/v1${path}${query.size > 0 ? `?${query}` : ''}`, {
    method,
    body,
    redirect: 'error',
    signal: options.signal ?? null,
    headers: {
      accept: 'application/json, text/event-stream, application/octet-stream;q=0.9',
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...options.headers,
    },
  })
  if (!response.ok) throw await refusal(response)
  return response
}

const reach = async (url: string, address: string, init: RequestInit): Promise<Response> => {
  try {
    return await fetch(address, init)
  } catch (error) {
    if (init.signal?.aborted) throw error
    const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException
    const hint = isLocal(url)
      ? 'Start Greenroom with `./deploy.sh dev`, or name another server with --url.'
      : 'Check --url.'
    throw new Unreachable(`Greenroom does not answer at ${url} (${code ?? message}). ${hint}`, { cause: error })
  }
}

const isLocal = (url: string) => /^https?:\/\/(127\.|localhost|\[::1\])/.test(url)

const refusal = async (response: Response): Promise<Refusal> => {
  const text = await response.text().catch(() => '')
  const wait = Number(response.headers.get('retry-after')) || null
  return new Refusal(response.status, sentence(response, text), wait)
}

const sentence = ({ status, statusText, url }: Response, text: string): string => {
  try {
    const { detail, title, errors, requestId } = JSON.parse(text) as Problem
    const said = detail || errors?.map((error) => error.message).join(' ') || title
    if (status === 401) return `${said} Set GREENROOM_TOKEN to it.`
    if (said) return status >= 500 && requestId ? `${said} (request ${requestId})` : said
  } catch {
    // Whatever answered is no Greenroom; the status says more than its page.
  }
  return `${new URL(url).origin} answered ${status} ${statusText}, which is not what Greenroom would say.`
}

/** Repeats what may be repeated while nobody answers or the server asks to wait, for as long as it may take. */
export const patiently = async <T>(attempt: () => Promise<T>, forMs: number): Promise<T> => {
  const until = Date.now() + forMs
  for (let waitMs = 100; ; waitMs = Math.min(2 * waitMs, 2000)) {
    try {
      return await attempt()
    } catch (error) {
      const mayPass = error instanceof Unreachable || (error instanceof Refusal && error.status === 503)
      if (!mayPass || Date.now() + waitMs > until) throw error
      await pause(waitMs)
    }
  }
}
