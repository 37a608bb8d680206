import type { Service } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import { actor, hear } from '../../mixins/contract/actor.ts'
import { call, type Result } from '../../mixins/contract/contract.ts'
import { FINAL_STATES } from '../executions/execution.schema.ts'
import { executions } from '../executions/executions.contract.ts'
import { ExecutionChanged } from '../executions/executions.events.ts'
import { outputKey } from '../executions/executions.streams.ts'
import { OutputAppended } from '../runs/runs.events.ts'
import { Bells } from './bells.ts'
import { type Cursor, format, parse } from './cursor.ts'
import { Ends } from './ends.ts'
import { live } from './live.contract.ts'
import { type LiveEvent, next, passed, told } from './playback.ts'

const BATCH_BYTES = 256 * 1024
// Signals may be lost; looking again this often bounds what a loss costs.
const LOOK_AGAIN_MS = 1000

type Own = { bells: Bells; ends: Ends }
type Self = Service & Own
type Located = Result<typeof executions.locate>

/** Everything after the cursor that there is now, up to a batch. */
const collect = async (self: Self, run: Located, from: Cursor): Promise<{ events: LiveEvent[]; cursor: Cursor }> => {
  const events: LiveEvent[] = []
  let cursor = from
  let bytes = 0
  for (let step = next(run.timeline, cursor); step && bytes < BATCH_BYTES; step = next(run.timeline, cursor)) {
    const chunks = 'outputOf' in step ? await output(self, run.id, cursor) : []
    for (const chunk of chunks) {
      const piece = told(chunk, cursor)
      events.push(piece.event)
      cursor = piece.cursor
      bytes += chunk.bytes.length
    }
    if (chunks.length > 0) continue
    const hop = 'hop' in step ? step.hop : step.before
    if (!hop) break
    const state = passed(run.timeline, hop, cursor)
    events.push(state.event)
    cursor = state.cursor
  }
  return { events, cursor }
}

const output = (self: Self, id: string, { attempt, seq }: Cursor) =>
  backendsOf(self.broker).streams.read(outputKey(id, attempt), seq, BATCH_BYTES)

const read = async (self: Self, id: string, from: Cursor) => {
  const run = await call(self.broker, executions.locate, { id })
  const { events, cursor } = await collect(self, run, from)
  // More than there is: the reader's id is none of ours, and must not keep it here for ever.
  const isAll = run.ended && cursor.hops >= run.timeline.length
  if (!isAll) return { events, ended: false }
  const last = { ...cursor, ended: true }
  const execution = await call(self.broker, executions.get, { id: run.id })
  return { events: [...events, { id: format(last), event: 'end' as const, data: execution }], ended: true }
}

/** Follows runs for those who watch: nothing is lost or told twice, however often they come back. */
export default actor()('live', live, {
  state: (): Own => ({ bells: new Bells(), ends: new Ends() }),

  actions: {
    async read(ctx) {
      const { id, waitMs } = ctx.params
      const cursor = parse(ctx.params.cursor)
      if (cursor.ended) return { events: [], ended: true }
      return this.bells.until(id, waitMs, LOOK_AGAIN_MS, async () => {
        const found = await read(this, id, cursor)
        return { value: found, done: found.events.length > 0 || found.ended }
      })
    },

    async settled(ctx) {
      const { id, waitMs, alive = false } = ctx.params
      return this.ends.until(id, waitMs, LOOK_AGAIN_MS, alive, async () => {
        const { ended, state } = await call(this.broker, executions.locate, { id })
        return { ended, state }
      })
    },
  },

  signals: {
    ...hear(ExecutionChanged, function (this: Self, { executionId, state }) {
      this.bells.ring(executionId)
      if ((FINAL_STATES as readonly string[]).includes(state)) this.ends.tell(executionId, state)
    }),
    ...hear(OutputAppended, function (this: Self, { executionId }) {
      this.bells.ring(executionId)
    }),
  },

  stopped() {
    this.bells.ringAll()
    this.ends.stop()
  },
})
