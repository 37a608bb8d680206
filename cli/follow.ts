import { setTimeout as pause } from 'node:timers/promises'
import { type Api, Refusal } from './api.ts'
import { Failure } from './failure.ts'
import { type ServerSentEvent, sseParser } from './sse.ts'
import type { Execution, LiveEvent, Stream } from './wire.ts'
import { shortId } from './words.ts'

// How long a server may be away before the watcher gives up; a restart takes a second or two.
const PATIENCE_MS = 60_000
// The server says something at least this often; silence for longer means that the connection is dead.
const SILENCE_MS = 60_000

type Cursor = { id: string | undefined; brokenSince: number | null }

/**
 * Everything that happens to a run, from its beginning to its end, each thing once and in order. A lost connection is
 * made again where it broke. Ends after the event `end`, or throws when the server stays away or refuses.
 */
export const follow = async function* (api: Api, id: string): AsyncGenerator<LiveEvent> {
  const cursor: Cursor = { id: undefined, brokenSince: null }
  for (let waitMs = 100; ; waitMs = Math.min(2 * waitMs, 2000)) {
    try {
      for await (const event of connection(api, id, cursor)) {
        waitMs = 100
        yield event
        if (event.event === 'end') return
      }
    } catch (error) {
      if (error instanceof SyntaxError) throw new Failure(`${api.url} does not speak as Greenroom does.`)
      if (error instanceof Refusal && error.status !== 503 && error.status !== 429) throw error
    }
    cursor.brokenSince ??= Date.now()
    if (Date.now() - cursor.brokenSince > PATIENCE_MS) throw lost(api, id)
    await pause(waitMs)
  }
}

const lost = (api: Api, id: string) =>
  new Failure(`The connection to ${api.url} is lost. The run goes on there: greenroom logs --follow ${shortId(id)}`)

const connection = async function* (api: Api, id: string, cursor: Cursor): AsyncGenerator<LiveEvent> {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(), SILENCE_MS)
  try {
    const headers: Record<string, string> = cursor.id === undefined ? {} : { 'last-event-id': cursor.id }
    const response = await api.open(`/executions/${id}/stream`, { headers, signal: silence.signal })
    const parse = sseParser()
    for await (const bytes of response.body ?? []) {
      timer.refresh()
      cursor.brokenSince = null
      for (const event of parse(bytes)) {
        const told = understand(event)
        if (told) yield told
        // Only now: what was not handed on must come again.
        cursor.id = event.id ?? cursor.id
      }
    }
  } finally {
    clearTimeout(timer)
    silence.abort()
  }
}

type Output = { stream: Stream; offset: number; text?: string; base64?: string }

const understand = ({ event, data }: ServerSentEvent): LiveEvent | null => {
  if (event === 'output') {
    const { stream, offset, text, base64 } = JSON.parse(data) as Output
    return {
      event,
      stream,
      offset,
      bytes: text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text),
    }
  }
  if (event === 'end') return { event, execution: JSON.parse(data) as Execution }
  if (event !== 'state') return null
  const { state, attempt, event: name } = JSON.parse(data) as { state: string; attempt: number; event: string }
  return { event, state, attempt, name }
}
