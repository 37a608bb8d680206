import type { Service } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import { broadcast, type Params } from '../../mixins/contract/contract.ts'
import type { Store } from '../../mixins/store/store.mixin.ts'
import { type Execution, isFinal } from './execution.ts'
import { bytesOf } from './executions.bytes.ts'
import type { executions } from './executions.contract.ts'
import { ExecutionHasEnded, InvalidSubmission, StdinClosed } from './executions.errors.ts'
import { StdinAppended } from './executions.events.ts'
import { inputKey } from './executions.streams.ts'
import { textFaults } from './submission.ts'

type Input = Params<typeof executions.stdin>

/** What a program can be sent in all, so that nobody fills the disk through its input. */
const MOST_BYTES = 64 * 1024 * 1024

/** Keeps bytes for an interactive run, in the order of the calls; they wait while the run does. */
export const appendInput = async (self: Service & Store<Execution>, input: Input) => {
  refuseFaulty(input)
  const execution = await self.find(input.id)
  if (isFinal(execution.state)) throw new ExecutionHasEnded(execution.id, execution.state)
  if (execution.stdinClosed) throw new StdinClosed(execution.id)
  const { streams } = backendsOf(self.broker)
  const bytes = bytesOf({ content: input.content ?? '', encoding: input.encoding })
  await refuseFlood(self, input.id, bytes.length)
  const pieces = bytes.length > 0 ? [{ channel: 'stdin', bytes, at: Date.now() }] : []
  const eof = input.close ? [{ channel: 'eof', bytes: Uint8Array.of(4), at: Date.now() }] : []
  if (pieces.length + eof.length > 0) await streams.append(inputKey(input.id), [...pieces, ...eof])
  if (input.close) await self.change(input.id, (state) => ({ state: { ...state, stdinClosed: true }, facts: [] }))
  broadcast(self.broker, StdinAppended, { executionId: input.id })
  return { acceptedBytes: bytes.length }
}

const refuseFaulty = ({ content, encoding, close }: Input) => {
  const nothing = { field: 'content', message: 'content: give content, or close, or both.' }
  const faults = content === undefined ? [] : textFaults('content', [{ content, encoding }])
  if (content === undefined && close === undefined) faults.push(nothing)
  if (faults.length > 0) throw new InvalidSubmission(faults)
}

const refuseFlood = async (self: Service, id: string, more: number) => {
  const extents = await backendsOf(self.broker).streams.extents(inputKey(id))
  const sent = extents.reduce((sum, extent) => sum + extent.bytes, 0)
  if (sent + more <= MOST_BYTES) return
  const message = `content: a program takes at most ${MOST_BYTES} bytes of input; ${sent} were sent.`
  throw new InvalidSubmission([{ field: 'content', message }])
}
