import type { IncomingMessage, ServerResponse } from 'node:http'
import bodyParser from 'body-parser'
import { BadBody } from './api.errors.ts'
import { refuseOddities } from './plain.ts'

type Next = (error?: unknown) => void
type Request = IncomingMessage & { body?: unknown }

/** The largest request: the files and the input of a run with their encoding, and some room. */
export const BODY_BYTES = 12 * 1024 * 1024

const strict = new TextDecoder('utf-8', { fatal: true })

const parse = bodyParser.raw({ type: () => true, limit: BODY_BYTES, inflate: false })

/**
 * Reads a JSON object as the body, for every method that has one. A body must be application/json, so that no page
 * elsewhere can send one without asking first, and valid UTF-8, so that nothing is silently replaced.
 */
export const jsonBody = (req: Request, res: ServerResponse, next: Next): void => {
  if (!hasBody(req)) {
    next()
    return
  }
  if (!isJson(req.headers['content-type'] ?? '')) {
    next(new BadBody('The body must be application/json, in UTF-8.', 415, 'UNSUPPORTED_MEDIA_TYPE'))
    return
  }
  if (Number(req.headers['content-length'] ?? 0) > BODY_BYTES) {
    next(readError({ status: 413 }))
    return
  }
  parse(req as Parameters<typeof parse>[0], res as Parameters<typeof parse>[1], (error?: unknown) => {
    if (error) return next(readError(error as { status?: number }))
    try {
      req.body = decode(req.body)
      next()
    } catch (refused) {
      next(refused)
    }
  })
}

const isJson = (type: string): boolean => {
  const [name = '', ...parameters] = type.toLowerCase().split(';')
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='))
  return name.trim() === 'application/json' && /^(charset="?(utf-?8|us-ascii)"?)?$/.test(charset ?? '')
}

const hasBody = ({ headers, method }: IncomingMessage) =>
  method !== 'GET' &&
  method !== 'HEAD' &&
  (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)

const readError = ({ status }: { status?: number }) => {
  if (status === 413) return new BadBody(`The body is larger than ${BODY_BYTES} bytes.`, 413, 'BODY_TOO_LARGE')
  if (status === 415) return new BadBody('Compressed bodies are not taken.', 415, 'UNSUPPORTED_MEDIA_TYPE')
  return new BadBody('The body ended before it was complete.')
}

const decode = (bytes: unknown): unknown => {
  const text = utf8(bytes instanceof Uint8Array ? bytes : new Uint8Array())
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    throw new BadBody(`The body is not valid JSON: ${(error as Error).message.slice(0, 200)}.`)
  }
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw new BadBody('The body must be a JSON object.')
  refuseOddities(body)
  return body
}

const utf8 = (bytes: Uint8Array): string => {
  try {
    return strict.decode(bytes)
  } catch {
    throw new BadBody('The body is not valid UTF-8.')
  }
}
