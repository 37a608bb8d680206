import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'moleculer'
import type { Caller } from '../../mixins/contract/actor.ts'
import { NoSuchPage } from './api.errors.ts'

/** A request as the gateway hands it on: parsed, guarded, with the context that calls are made from. */
export type Exchange = IncomingMessage & {
  $ctx: Context<unknown, Caller>
  $params: { body?: Record<string, unknown>; query: Record<string, unknown>; params: Record<string, string> }
  parsedUrl: string
  originalUrl?: string
}

export type Handler = (req: Exchange, res: ServerResponse) => Promise<void>

/** Answers with JSON. */
export const sendJson = (req: IncomingMessage, res: ServerResponse, status: number, value: unknown): void => {
  const body = Buffer.from(JSON.stringify(value))
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
  })
  res.end(req.method === 'HEAD' ? undefined : body)
}

/** The gateway takes callbacks; what an asynchronous handler throws must reach it, or it would be nobody's. */
export const asAlias = (handler: Handler) => (req: Exchange, res: ServerResponse, next: (error: unknown) => void) => {
  const handled = async () => {
    mayExist(req)
    await handler(req, res)
  }
  handled().catch(next)
}

// Longer than any id: there is nothing to look for.
const ID_LENGTH = 64

/** Throws NoSuchPage where the path names what cannot be. */
export const mayExist = (req: Pick<Exchange, '$params' | 'originalUrl'>): void => {
  if ((req.$params.params.id ?? '').length > ID_LENGTH) throw new NoSuchPage(req.originalUrl ?? '')
}
