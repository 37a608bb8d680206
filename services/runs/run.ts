import { setTimeout as sleep } from 'node:timers/promises'
import type { Service } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import { broadcast, call } from '../../mixins/contract/contract.ts'
import type { Outcome, Running } from '../../mixins/executor/executor.ts'
import { bytesOf, encoded } from '../executions/executions.bytes.ts'
import { executions } from '../executions/executions.contract.ts'
import { results } from '../results/results.contract.ts'
import { keepArtifacts } from './artifact-keeper.ts'
import { handOver } from './hand-over.ts'
import { InputFeed } from './input-feed.ts'
import { OutputWriter } from './output-writer.ts'
import { type Order, programOf } from './program.ts'
import { OutputAppended } from './runs.events.ts'

/** One attempt on this node, from the moment its job was taken. */
export type Attempt = {
  readonly executionId: string
  readonly number: number
  /** What it is, where it was written as running here before its job came. */
  readonly begun: Order | null
  running: Running | null
  feed: InputFeed | null
  cancelled: boolean
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000

/** Kills the attempt, now or as soon as it starts. */
export const cancelAttempt = (attempt: Attempt): void => {
  attempt.cancelled = true
  attempt.running?.cancel()
}

/**
 * Runs one attempt to its end and reports it. Resolves when the report is stored or refused, or at once when `lost`
 * says that the attempt is no longer ours: then the program is killed and nothing is reported.
 */
export const runAttempt = async (service: Service, attempt: Attempt, delivery: number, lost: AbortSignal) => {
  const order = attempt.begun ?? (await start(service, attempt, delivery))
  if (!order) return
  const { streams, executor, settings } = backendsOf(service.broker)
  const { executionId } = attempt
  const writer = new OutputWriter(streams, order.output, () => announce(service, executionId), lost)
  const program = programOf(settings, executionId, order)
  if (!program) return report(service, attempt, order, writer, missing(order), lost)
  const running = executor.start(program, { output: (channel, bytes) => writer.push(channel, bytes) })
  attempt.running = running
  lost.addEventListener('abort', () => running.cancel())
  if (attempt.cancelled || lost.aborted) running.cancel()
  feedInput(service, attempt, order, running)
  const outcome = await running.ended
  await writer.finish()
  const files = outcome.artifacts?.files ?? []
  const isWhole = (await keepArtifacts(streams, order.artifacts, files, lost)) && !writer.lost
  const { stdout, stderr } = writer.bytes
  const left = [...(stdout + stderr > 0 ? [order.output] : []), ...(files.length > 0 ? [order.artifacts] : [])]
  await handOver(streams, left, lost)
  await report(service, attempt, order, writer, isWhole ? outcome : torn(outcome), lost)
}

const announce = (service: Service, executionId: string) => broadcast(service.broker, OutputAppended, { executionId })

/** Has the start written; null when the hint was stale, which is no failure. */
const start = async (service: Service, { executionId, number }: Attempt, delivery: number): Promise<Order | null> => {
  const params = { id: executionId, attempt: number, node: service.broker.nodeID, delivery }
  try {
    return await call(service.broker, executions.start, params)
  } catch (error) {
    if (isFinal(error)) return null
    throw error
  }
}

// A client error says no for good; anything else may pass.
const isFinal = (error: unknown) => (error as { retryable?: boolean }).retryable === false

const feedInput = ({ broker }: Service, attempt: Attempt, order: Order, running: Running) => {
  const { stdin } = order.submission
  const first = stdin === undefined ? Buffer.alloc(0) : bytesOf(encoded(stdin))
  // Not awaited: a program that never reads must not keep its own end from being seen.
  const written = first.length > 0 ? running.write(first) : Promise.resolve()
  if (!order.interactive) {
    void written.then(() => running.closeStdin())
    return
  }
  const feed = new InputFeed(backendsOf(broker).streams, order.input, running)
  attempt.feed = feed
  void written.then(() => feed.wake())
}

const missing = ({ language, version }: Order): Outcome => ({
  ending: { cause: 'infrastructure', message: `This worker does not have ${language} ${version}.` },
  exitCode: null,
  signal: null,
  usage: { wallMs: 0, cpuUserMs: 0, cpuSystemMs: 0, memoryPeakBytes: 0, processesPeak: 0 },
  truncated: { stdout: false, stderr: false },
})

// An end whose output is not whole is not the end that the program came to.
const torn = (outcome: Outcome): Outcome => ({
  ...outcome,
  ending: { cause: 'infrastructure', message: 'A part of what it put out was lost before it was kept for good.' },
})

// The bytes are kept already, and may be many.
const told = ({ artifacts, ...outcome }: Outcome) => {
  if (!artifacts) return outcome
  const files = artifacts.files.map(({ path, bytes }) => ({ path, sizeBytes: bytes.length }))
  return { ...outcome, artifacts: { ...artifacts, files } }
}

/** Reports until the report is stored or refused for good: a store that is away for a while must not lose the result. */
const report = async (
  service: Service,
  { executionId, number }: Attempt,
  { limits }: Order,
  { bytes }: OutputWriter,
  outcome: Outcome,
  lost: AbortSignal,
) => {
  const params = { id: executionId, attempt: number, limits, outcome: told(outcome), outputBytes: bytes }
  for (let pause = FIRST_PAUSE_MS; !lost.aborted; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    try {
      await call(service.broker, results.record, params)
      return
    } catch (error) {
      if (!isFinal(error)) service.logger.warn({ executionId, error: String(error) }, 'the report will be repeated')
      else return service.logger.warn({ executionId, error: String(error) }, 'the report was refused')
      await sleep(pause)
    }
  }
}
