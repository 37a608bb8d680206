import type { ProblemBody } from './wire.ts'

/** An answer that was a refusal, or no answer at all (status 0), in a sentence for people. */
export class Problem extends Error {
  readonly status: number
  readonly type: string
  readonly errors: { field: string; message: string }[]
  readonly retryAfterMs: number | null
  /** When it was told, for counting down to the next attempt. */
  readonly at = Date.now()

  constructor(body: Partial<ProblemBody> & { status: number }, retryAfterMs: number | null = null) {
    super(body.detail ?? body.title ?? `The server answered ${body.status}.`)
    this.name = 'Problem'
    this.status = body.status
    this.type = body.type ?? 'about:blank'
    this.errors = body.errors ?? []
    this.retryAfterMs = retryAfterMs
  }
}

const seconds = (header: string | null): number | null => {
  const value = Number(header)
  return header && Number.isFinite(value) ? Math.max(0, value) * 1000 : null
}

/** The problem that a refused request tells of, whatever its body is. */
export const problemIn = async (response: Response): Promise<Problem> => {
  const text = await response.text()
  const retryAfterMs = seconds(response.headers.get('retry-after'))
  try {
    return new Problem({ ...(JSON.parse(text) as ProblemBody), status: response.status }, retryAfterMs)
  } catch {
    // A proxy in between answered in its own way: the status is all there is.
    return new Problem({ status: response.status }, retryAfterMs)
  }
}

/** The problem that is told when the server cannot be reached. */
export const unreachable = (): Problem =>
  new Problem({
    status: 0,
    type: 'UNREACHABLE',
    detail: 'Greenroom does not answer. Is it running, and is the network up?',
  })

export const asProblem = (error: unknown): Problem =>
  error instanceof Problem
    ? error
    : new Problem({ status: 0, type: 'PAGE_FAULT', detail: `The page failed: ${String(error)}` })
