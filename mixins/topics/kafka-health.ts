import { sentenceOf, unasked } from './kafka-refusals.ts'

export type Log = { info(message: string): void; warn(message: string): void }
/** Whether topics can be read and written, and the sentence that says why not. */
export type Health = { ok: boolean; message: string }

/** A consumer that has not asked for messages for so long does not live. */
const SILENCE_MS = 15_000

/** What is known of the brokers: what answers last counts, and every subscription has to have asked lately. */
export class KafkaHealth {
  readonly #brokers: string
  readonly #logger: Log
  readonly #polls = new Map<object, { name: string; at: number }>()
  #problem: string | null

  constructor(brokers: string, logger: Log) {
    this.#brokers = brokers
    this.#logger = logger
    this.#problem = unasked(brokers)
  }

  get problem(): string | null {
    return this.#problem
  }

  state(now = Date.now()): Health {
    if (this.#problem !== null) return { ok: false, message: this.#problem }
    const silent = [...this.#polls.values()].filter(({ at }) => now - at > SILENCE_MS).map(({ name }) => name)
    if (silent.length === 0) return { ok: true, message: `${this.#brokers} answers` }
    const seconds = SILENCE_MS / 1000
    return {
      ok: false,
      message: `Nothing was asked of Kafka at ${this.#brokers} for ${seconds} s: ${silent.join(', ')}.`,
    }
  }

  /** Something was answered. */
  serves(): void {
    if (this.#problem !== null) this.#logger.info(`Kafka at ${this.#brokers} serves.`)
    this.#problem = null
  }

  /** Something was not answered; returns the sentence that says why. */
  fails(error: unknown): string {
    const problem = sentenceOf(this.#brokers, error)
    if (this.#problem !== problem) this.#logger.warn(problem)
    this.#problem = problem
    return problem
  }

  /** A subscription has asked for messages, or begins to. */
  polled(subscription: object, name: string): void {
    this.#polls.set(subscription, { name, at: Date.now() })
  }

  forget(subscription: object): void {
    this.#polls.delete(subscription)
  }
}
