import type { ServerResponse } from 'node:http'
import type { Service } from 'moleculer'
import { call } from '../../mixins/contract/contract.ts'
import { executions } from '../executions/executions.contract.ts'
import { live } from '../live/live.contract.ts'
import { InvalidParameter } from './api.errors.ts'
import { drained } from './drained.ts'
import type { Exchange, Handler } from './exchange.ts'

const WAIT_MS = 4000
// A connection over which nothing has come for this long is told that we are still there.
const BEAT_MS = 15_000
const RECONNECT_MS = 1000

/** Streams that are open, so that a stopping gateway can end them. */
export type OpenStreams = Set<ServerResponse>

/**
 * GET /executions/:id/stream: everything since `Last-Event-ID` (header, or query for clients that cannot set it), then
 * live until the end. A reader that is slow slows only itself: nothing is read ahead for it.
 */
export const stream =
  (open: OpenStreams): Handler =>
  async (req, res) => {
    const { id } = await call(req.$ctx, executions.locate, { id: req.$params.params.id ?? '' })
    let cursor = cursorOf(req)
    let batch = await call(req.$ctx, live.read, { id, waitMs: 0, ...(cursor && { cursor }) })
    if (batch.ended && batch.events.length === 0) {
      // The reader has everything; 204 tells an EventSource not to come back.
      res.writeHead(204).end()
      return
    }
    begin(res, open)
    if (req.method === 'HEAD') {
      res.end()
      return
    }
    let beat = Date.now()
    for (;;) {
      for (const event of batch.events) {
        cursor = event.id
        const isTaken = res.write(`event: ${event.event}\nid: ${event.id}\ndata: ${JSON.stringify(event.data)}\n\n`)
        if (!isTaken) await drained(res)
        beat = Date.now()
      }
      if (batch.ended || res.destroyed || res.writableEnded) break
      if (Date.now() - beat > BEAT_MS) {
        res.write(': still here\n\n')
        beat = Date.now()
      }
      batch = await call(req.$ctx, live.read, { id, waitMs: WAIT_MS, ...(cursor && { cursor }) })
    }
    res.end()
  }

const begin = (res: ServerResponse, open: OpenStreams) => {
  res.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
  })
  res.write(`retry: ${RECONNECT_MS}\n\n`)
  open.add(res)
  res.once('close', () => open.delete(res))
}

const cursorOf = (req: Exchange): string | undefined => {
  const { lastEventId, ...others } = req.$params.query
  const unknown = Object.keys(others)[0]
  if (unknown !== undefined) throw new InvalidParameter(unknown, 'there is no such parameter.')
  const header = req.headers['last-event-id']
  if (typeof header === 'string') return header
  return typeof lastEventId === 'string' ? lastEventId : undefined
}

/** Ends every open stream; readers come back with their cursor. */
export const endAll = (open: OpenStreams, service: Service): void => {
  if (open.size > 0) service.logger.info({ streams: open.size }, 'ending open streams')
  for (const res of open) res.end()
}
