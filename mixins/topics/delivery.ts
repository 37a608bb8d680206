import { setTimeout as pause } from 'node:timers/promises'
import type { Service } from 'moleculer'
import { isDeclared } from '../contract/contract.ts'
import { deadTopic } from '../contract/topic.ts'
import { traceIn } from '../contract/trace.ts'
import type { Caution } from './caution.ts'
import { deadLetter, type Failures, TypeUnknown } from './dead-letter.ts'
import { isMeantFor } from './replay.ts'
import type { Message, Topics } from './topics.ts'

export type Patience = { attempts: number; backoffMs: number; maxBackoffMs: number }

/** Says that a delivery ended before its message was handled; the message is delivered again later. */
class DeliveryEnded extends Error {
  readonly type = 'DELIVERY_ENDED'
}

/** Every process that began with the message has died before it was through. */
class ProcessDied extends Error {
  readonly type = 'PROCESS_DIED'
  constructor(times: number) {
    super(`${times} processes in a row have died while they handled this message.`)
  }
}

/** Nobody can read the payload; the letter keeps its bytes. */
class PayloadUnreadable extends Error {
  readonly type = 'PAYLOAD_UNREADABLE'
  readonly retryable = false
}

// Nobody's fault but the surroundings': such an error passes, so that it is waited out and burns no attempt.
const outages = new Set([
  'STORE_UNAVAILABLE',
  'REDIS_UNAVAILABLE',
  'TOPICS_UNAVAILABLE',
  'SERVICE_NOT_FOUND',
  'SERVICE_NOT_AVAILABLE',
  'REQUEST_REJECTED',
])

type Raised = { type?: string; retryable?: boolean; data?: { retryAfter?: number } | null } | null

// What says when it may be tried again has not refused the message, only the moment: a full line, no worker yet.
const isOutage = (error: unknown) => {
  const { type = '', data } = (error as Raised) ?? {}
  return outages.has(type) || typeof data?.retryAfter === 'number'
}

// A client error says no for good; anything else may pass.
const isFinal = (error: unknown) => !isOutage(error) && (error as Raised)?.retryable === false

/**
 * Brings the messages of one topic to the actions of one service.
 *
 * Promises: messages of a key are handled one after another, also when one of them is retried; other keys go on
 * meanwhile; a message that cannot be handled is buried before the next of its key begins, and until that is written
 * nothing of it counts as seen.
 */
export class Delivery {
  readonly #service: Service
  readonly #topics: Topics
  readonly #actions: ReadonlyMap<string, string>
  readonly #patience: Patience
  readonly #caution: Caution
  readonly #ending = new AbortController()
  readonly #lanes = new Map<string, Promise<void>>()

  constructor(
    service: Service,
    topics: Topics,
    actions: ReadonlyMap<string, string>,
    patience: Patience,
    caution: Caution,
  ) {
    this.#service = service
    this.#topics = topics
    this.#actions = actions
    this.#patience = patience
    this.#caution = caution
  }

  /** Resolves when every message of the batch is handled, buried or not for this service. */
  async deliver(batch: Message[]): Promise<void> {
    const { fullName } = this.#service
    const concerned = batch.filter((message) => this.#concerns(message) && isMeantFor(message, fullName))
    const outcomes = await Promise.allSettled(concerned.map((message) => this.#queue(message)))
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Begins no handler any more; those under way may finish. */
  end(): void {
    this.#ending.abort()
  }

  // What this process does not know is everybody's: another version may know it in another group, so that none may leave
  // it to the others. All of them write the same letter.
  #concerns({ topic, type }: Message): boolean {
    return this.#actions.has(type) || !isDeclared(topic, type)
  }

  #queue(message: Message): Promise<void> {
    const before = this.#lanes.get(message.key) ?? Promise.resolve()
    // Only an ending delivery rejects, and then the ones behind it find that out by themselves.
    const handled = before.catch(() => undefined).then(() => this.#guard(message))
    this.#lanes.set(message.key, handled)
    const leave = () => {
      if (this.#lanes.get(message.key) === handled) this.#lanes.delete(message.key)
    }
    handled.then(leave, leave)
    return handled
  }

  #guard(message: Message): Promise<void> {
    const giveUp = (attempts: number) => {
      const now = Date.now()
      return this.#bury(message, { attempts, first: now, last: now, error: new ProcessDied(attempts) })
    }
    const run = () => this.#caution.run(message, () => this.#handle(message), giveUp)
    return this.#untilDone(run, message, 'a delivery could not be noted; its partition waits')
  }

  async #handle(message: Message): Promise<void> {
    const failures: Failures = { attempts: 0, first: 0, last: 0, error: undefined }
    for (let tries = 0; ; tries++) {
      this.#refuseIfEnding()
      try {
        return await this.#call(message)
      } catch (error) {
        this.#note(failures, error, message)
        if (isFinal(error) || failures.attempts >= this.#patience.attempts) return this.#bury(message, failures)
        await this.#rest(tries)
      }
    }
  }

  async #call(message: Message): Promise<void> {
    if (message.fault !== undefined) throw new PayloadUnreadable(message.fault)
    const name = this.#actions.get(message.type)
    if (name === undefined) throw new TypeUnknown(message)
    const action = this.#service.actions[name]
    // The waiting, the repeating and the giving up are done here, in order per key, and nowhere else.
    const trace = traceIn(message.headers.traceparent)
    const meta = trace === null ? {} : { trace }
    await action?.(structuredClone(message.payload) as object, { requestID: message.id, meta, timeout: 0, retries: 0 })
  }

  #note(failures: Failures, error: unknown, { topic, id, type }: Message): void {
    const now = Date.now()
    if (!isOutage(error)) failures.attempts++
    failures.first ||= now
    failures.last = now
    failures.error = error
    const { attempts } = failures
    this.#service.logger.warn({ topic, id, type, attempts, error: String(error) }, 'a message was not handled')
  }

  /** Holds up its key, and in the end its partition, for as long as the letter cannot be written. */
  async #bury(message: Message, failures: Failures): Promise<void> {
    const { fullName, broker, logger } = this.#service
    const letter = deadLetter(message, fullName, broker.nodeID, failures)
    const { topic, id, type } = message
    const append = () => this.#topics.append(deadTopic(topic), [letter])
    await this.#untilDone(append, message, 'a message could not be buried; its partition waits')
    logger.error({ topic, id, type, letter: letter.id, error: String(failures.error) }, 'a message was buried')
  }

  /** Tries for as long as the delivery goes on. */
  async #untilDone(attempt: () => Promise<void>, { topic, id }: Message, complaint: string): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await attempt()
      } catch (error) {
        if (error instanceof DeliveryEnded) throw error
        this.#service.logger.error({ topic, id, error: String(error) }, complaint)
        await this.#rest(tries)
        this.#refuseIfEnding()
      }
    }
  }

  #refuseIfEnding(): void {
    if (this.#ending.signal.aborted) throw new DeliveryEnded('The service is stopping.')
  }

  async #rest(tries: number): Promise<void> {
    const { backoffMs, maxBackoffMs } = this.#patience
    const ms = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(tries, 20))
    await pause(ms, undefined, { signal: this.#ending.signal, ref: false }).catch(() => undefined)
  }
}
