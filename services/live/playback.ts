import type { Chunk } from '../../mixins/streams/streams.ts'
import { STATES } from '../executions/execution.schema.ts'
import type { ExecutionSummary } from '../executions/executions.contract.ts'
import { type Cursor, format } from './cursor.ts'

export type LiveEvent = { id: string; event: 'state' | 'output' | 'end'; data: Record<string, unknown> }
type Hop = ExecutionSummary['timeline'][number]

/** What comes next for a watcher: a hop of the timeline, or first the output of an attempt as far as it has come. */
export type Next = { hop: Hop } | { outputOf: number; before: Hop | null } | null

/**
 * Output belongs between the hop that started its attempt and the hop that ended it, so a watcher sees it there,
 * however late it comes. Null when all has been seen.
 */
export const next = (timeline: Hop[], cursor: Cursor): Next => {
  const hop = timeline[cursor.hops]
  const begun = cursor.attempt > 0
  if (!hop) return begun ? { outputOf: cursor.attempt, before: null } : null
  if (begun && hop.event !== 'cancelling') return { outputOf: cursor.attempt, before: hop }
  return { hop }
}

/** A hop as an event; output of the attempt it starts, if it does, follows it. */
export const passed = (timeline: Hop[], hop: Hop, cursor: Cursor): { event: LiveEvent; cursor: Cursor } => {
  const starts = hop.event === 'running'
  const after = { ...cursor, hops: cursor.hops + 1, ...(starts ? { attempt: hop.attempt, seq: 0 } : {}) }
  const settled = starts || hop.event === 'cancelling' ? after : { ...after, attempt: 0, seq: 0 }
  const state = timeline.slice(0, after.hops).findLast((past) => isState(past.event))?.event ?? 'queued'
  return { event: { id: format(settled), event: 'state', data: { ...hop, state } }, cursor: settled }
}

const isState = (word: string) => (STATES as readonly string[]).includes(word)

/** A piece of output as an event: text where it is UTF-8, base64 where it is not. */
export const told = (chunk: Chunk, cursor: Cursor): { event: LiveEvent; cursor: Cursor } => {
  const after = { ...cursor, seq: chunk.seq }
  const { channel: stream, offset, at } = chunk
  const data = { stream, offset, ...content(chunk.bytes), at: new Date(at).toISOString() }
  return { event: { id: format(after), event: 'output', data }, cursor: after }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const content = (bytes: Uint8Array): { text: string } | { base64: string } => {
  try {
    return { text: strict.decode(bytes) }
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') }
  }
}
