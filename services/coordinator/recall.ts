import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceBroker } from 'moleculer'
import { call, type Result } from '../../mixins/contract/contract.ts'
import { executions } from '../executions/executions.contract.ts'
import type { Line } from './line.ts'

const AGAIN_MS = 500
const ACTIVE = ['queued', 'scheduled', 'running'] as const

type Census = Result<typeof executions.census>
type Log = { warn(details: object, message: string): void }

/** Keeps the line in step with the runs that are stored, where facts and signals may have gone to another coordinator. */
export class Recall {
  readonly #broker: ServiceBroker
  readonly #line: Line
  readonly #logger: Log
  readonly #ending: AbortSignal
  /** Held in the line and nowhere else when that was last looked at. */
  #doubtful = new Map<string, number>()
  #isBehind = false
  #isCatchingUp = false

  constructor(broker: ServiceBroker, line: Line, logger: Log, ending: AbortSignal) {
    this.#broker = broker
    this.#line = line
    this.#logger = logger
    this.#ending = ending
  }

  /** Resolves when the line knows every run that waits or runs, or at the end; tries until then. */
  async rebuild(): Promise<void> {
    while (!this.#ending.aborted) {
      try {
        for (const state of ACTIVE)
          for await (const { id, ...run } of this.#pages(state)) this.#line.apply({ ...run, executionId: id })
        return
      } catch (error) {
        this.#logger.warn({ error: String(error) }, 'the line cannot be rebuilt yet')
        await sleep(AGAIN_MS, undefined, { signal: this.#ending }).catch(() => undefined)
      }
    }
  }

  /**
   * Learns of what was accepted while the lead changed hands: the coordinator that leaves may have taken the fact, and
   * nodes that do not know this one yet send it no signal. Asked while it is at it, it begins once more.
   */
  async catchUp(): Promise<void> {
    this.#isBehind = true
    if (this.#isCatchingUp) return
    this.#isCatchingUp = true
    while (this.#isBehind && !this.#ending.aborted) {
      this.#isBehind = false
      await this.rebuild()
    }
    this.#isCatchingUp = false
  }

  /**
   * Frees slots whose run has ended while nobody told: while two coordinators were there for a moment, the one that
   * leaves may have taken the fact. A run must be missing twice, since it may just be on its way to its slot.
   */
  async review(): Promise<void> {
    const held = this.#line.held()
    const alive = new Set<string>()
    for (const state of ['scheduled', 'running'] as const) for await (const { id } of this.#pages(state)) alive.add(id)
    const missing = held.filter(({ id }) => !alive.has(id))
    for (const { id, rev } of missing) if (this.#doubtful.get(id) === rev) this.#line.giveBack(id, false)
    this.#doubtful = new Map(missing.map(({ id, rev }) => [id, rev]))
  }

  async *#pages(state: (typeof ACTIVE)[number]) {
    for (let after: string | null = ''; after !== null; ) {
      const page: Census = await call(this.#broker, executions.census, { state, ...(after && { after }) })
      yield* page.items
      after = page.next
    }
  }
}
