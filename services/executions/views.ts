import type { ServiceBroker } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import { call } from '../../mixins/contract/contract.ts'
import type { Streams } from '../../mixins/streams/streams.ts'
import { coordinator } from '../coordinator/coordinator.contract.ts'
import { executionSummary } from './execution.schema.ts'
import type { Execution } from './execution.ts'
import type { ExecutionSummary, ExecutionView } from './executions.contract.ts'
import { outputKey } from './executions.streams.ts'

const PREVIEW_BYTES = 64 * 1024
// Nobody is kept waiting for a sentence about waiting.
const AT_ONCE = { timeout: 1000, retries: 0 }
const FIELDS = Object.keys(executionSummary) as (keyof ExecutionSummary)[]

/** A run as callers see it in a list. */
export const summary = async (execution: Execution, streams: Streams): Promise<ExecutionSummary> => {
  const fields = Object.fromEntries(FIELDS.map((field) => [field, execution[field]])) as ExecutionSummary
  return { ...fields, outputBytes: await outputBytes(execution, streams) }
}

/** A run as callers see it alone: with the beginning of its output, and the reason while it waits. */
export const shown = async (broker: ServiceBroker, execution: Execution): Promise<ExecutionView> => {
  const { streams } = backendsOf(broker)
  const { id, attempt } = execution
  const waits = execution.state === 'queued'
  const waiting = waits ? await call(broker, coordinator.explain, { id }, AT_ONCE).catch(() => unexplained) : null
  const fields = await summary(execution, streams)
  const [stdout, stderr] = await Promise.all([
    fields.outputBytes.stdout ? preview(streams, outputKey(id, attempt), 'stdout') : '',
    fields.outputBytes.stderr ? preview(streams, outputKey(id, attempt), 'stderr') : '',
  ])
  // Runs that ended before artifacts could be asked for have neither.
  const { artifacts = null, artifactsNote = null } = execution
  return { ...fields, stdout, stderr, artifacts, artifactsNote, waiting }
}

// The coordinator may be on its way back; that is no reason to withhold the run itself.
const unexplained = { position: 1, reason: 'The coordinator does not answer at the moment.' }

// Nobody has reported yet of a run that goes on, and nobody ever will of one whose worker was lost.
const outputBytes = (execution: Execution, streams: Streams) => {
  const isUnreported = execution.startedAt !== null && execution.usage === null
  return isUnreported ? measured(streams, outputKey(execution.id, execution.attempt)) : execution.outputBytes
}

const measured = async (streams: Streams, key: string) => {
  const extents = await streams.extents(key)
  const bytes = (channel: string) => extents.find((extent) => extent.channel === channel)?.bytes ?? 0
  return { stdout: bytes('stdout'), stderr: bytes('stderr') }
}

const preview = async (streams: Streams, key: string, channel: string) => {
  const bytes = await streams.slice(key, channel, 0, PREVIEW_BYTES)
  // A character that our own cut has halved is left out; one that the program has halved is replaced.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: bytes.length === PREVIEW_BYTES })
}
