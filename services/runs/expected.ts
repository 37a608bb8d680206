import type { ServiceBroker } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import { type Order, programOf } from './program.ts'

/** How long a job may take to come, which is written with its run. */
const KEPT_MS = 2000

/** Runs that are being written as running here. Their sandboxes have them by the time that their jobs come. */
export class ExpectedRuns {
  readonly #broker: ServiceBroker
  readonly #orders = new Map<string, Order>()

  constructor(broker: ServiceBroker) {
    this.#broker = broker
  }

  get size(): number {
    return this.#orders.size
  }

  add(executionId: string, order: Order): void {
    const { executor, settings } = backendsOf(this.#broker)
    const program = programOf(settings, executionId, order)
    if (!program) return
    executor.expect(program)
    this.#orders.set(executionId, order)
    setTimeout(() => this.forget(executionId), KEPT_MS).unref()
  }

  forget(executionId: string): void {
    this.#orders.delete(executionId)
  }

  /** What was said of this attempt; null where nothing was. */
  take(executionId: string, attempt: number): Order | null {
    const order = this.#orders.get(executionId)
    this.forget(executionId)
    return order?.attempt === attempt ? order : null
  }
}
