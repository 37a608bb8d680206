import { request } from 'node:http'
import type { Headers } from './client.ts'

export type StreamEvent = {
  event: string
  id: string
  data: Record<string, unknown> & { offset?: number; stream?: string }
}
export type Read = { status: number; events: StreamEvent[]; closedByServer: boolean }

/** When a reader hangs up by itself: after so many bytes, or when an event has come. */
export type Until = { bytes?: number; event?: (event: StreamEvent) => boolean }

/**
 * Reads a stream of events until the server closes it or the reader has had enough. Only whole events count, as in a
 * browser: what a cut connection leaves half done is thrown away.
 */
export const readStream = (address: string, lastEventId: string | null = null, until: Until = {}): Promise<Read> => {
  const headers: Headers = lastEventId === null ? {} : { 'Last-Event-ID': lastEventId }
  return new Promise((resolve, reject) => {
    const req = request(address, { headers, agent: false }, (res) => {
      const parser = new Parser()
      const done = (closedByServer: boolean) => {
        resolve({ status: res.statusCode ?? 0, events: parser.events, closedByServer })
        req.destroy()
      }
      let left = until.bytes ?? Number.POSITIVE_INFINITY
      res.on('data', (bytes: Buffer) => {
        const taken = bytes.subarray(0, left)
        left -= taken.length
        const fresh = parser.push(taken)
        if (left <= 0 || fresh.some((event) => until.event?.(event))) done(false)
      })
      res.on('end', () => done(true))
      res.on('error', () => done(false))
    })
    req.on('error', reject)
    req.end()
  })
}

class Parser {
  readonly events: StreamEvent[] = []
  #rest: Buffer = Buffer.alloc(0)

  push(bytes: Buffer): StreamEvent[] {
    this.#rest = Buffer.concat([this.#rest, bytes])
    const fresh: StreamEvent[] = []
    for (let end = this.#rest.indexOf('\n\n'); end >= 0; end = this.#rest.indexOf('\n\n')) {
      const event = parse(this.#rest.subarray(0, end).toString())
      this.#rest = this.#rest.subarray(end + 2)
      if (event) fresh.push(event)
    }
    this.events.push(...fresh)
    return fresh
  }
}

const parse = (block: string): StreamEvent | null => {
  const fields = new Map(block.split('\n').map((line) => [line.split(': ', 1)[0]!, line.slice(line.indexOf(': ') + 2)]))
  const [event, id, data] = [fields.get('event'), fields.get('id'), fields.get('data')]
  return event && id && data ? { event, id, data: JSON.parse(data) } : null
}

/** The bytes that the output events of one stream carry; throws where an offset does not follow from the one before. */
export const bytesIn = (events: StreamEvent[], stream = 'stdout', from = 0): Buffer => {
  const pieces: Buffer[] = []
  let at = from
  for (const { event, data } of events) {
    if (event !== 'output' || data.stream !== stream) continue
    if (data.offset !== at) throw new RangeError(`${stream} goes on at ${data.offset}, not at ${at}`)
    const piece = 'base64' in data ? Buffer.from(String(data.base64), 'base64') : Buffer.from(String(data.text))
    at += piece.length
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
