import { setTimeout as pause } from 'node:timers/promises'
import type { Lease } from './locks.ts'

type Log = { info(message: string): void; warn(message: string): void }

export type LeadershipOptions = {
  lease: Lease
  holder: string
  /** How long a leader that has died may keep the others from leading. */
  forMs: number
  /** Begins to lead; what it returns ends that, once. Neither may reject. */
  lead: () => () => Promise<void>
  logger: Log
}

const ASK_AGAIN_MS = 500

/**
 * One of many that do the same at a time: leads while it holds the lease, and asks for it again when it was lost.
 *
 * Promises: of all processes one leads at a time, as far as clocks run alike; one that was stopped for longer than its
 * lease learns from `isSure` that it may not act, before it has heard that another leads.
 */
export class Leadership {
  readonly #options: LeadershipOptions
  readonly #ending = new AbortController()
  #until = 0
  #nudge = new AbortController()
  #isWoken = false
  #running: Promise<void> = Promise.resolve()
  #end: (() => Promise<void>) | undefined

  constructor(options: LeadershipOptions) {
    this.#options = options
  }

  /** Resolves when it leads, or when it is known that another does; goes on until `stop`. */
  async start(): Promise<void> {
    const token = await this.#ask()
    this.#running = this.#run(token)
  }

  /** The lease may be free now. */
  wake(): void {
    this.#isWoken = true
    this.#nudge.abort()
  }

  /** Whether nobody else can hold the lease yet. */
  isSure(): boolean {
    return performance.now() < this.#until
  }

  /** Stands for the lead no more and lets another lead at once; what was begun with the lead goes on until `stop`. */
  async vacate(): Promise<void> {
    this.#ending.abort()
    this.wake()
    await this.#running
  }

  /** Leads no more, and lets another lead at once. */
  async stop(): Promise<void> {
    await this.vacate()
    await this.#endIt()
  }

  async #run(first: number | null): Promise<void> {
    const { signal } = this.#ending
    for (let token = first; token !== null || !signal.aborted; token = signal.aborted ? null : await this.#ask()) {
      if (token === null) await this.#rest(ASK_AGAIN_MS)
      else if (signal.aborted) await this.#release(token)
      else await this.#term(token)
    }
  }

  async #term(token: number): Promise<void> {
    const { lead, holder, logger } = this.#options
    logger.info(`${holder} leads (term ${token}).`)
    this.#end = lead()
    if (await this.#hold(token)) return this.#release(token)
    this.#until = 0
    logger.warn(`${holder} has lost the lead.`)
    await this.#endIt()
  }

  async #endIt(): Promise<void> {
    const end = this.#end
    this.#end = undefined
    await end?.()
  }

  async #release(token: number): Promise<void> {
    const { lease, logger } = this.#options
    this.#until = 0
    try {
      await lease.release(token)
    } catch (error) {
      logger.warn(`The lead could not be given back: ${String(error)}`)
    }
  }

  /** Renews until the end, or until the lease was lost; a server that is away counts only when the time is over. */
  async #hold(token: number): Promise<boolean> {
    const { lease, forMs } = this.#options
    while (!this.#ending.signal.aborted) {
      await this.#rest(forMs / 3)
      if (this.#ending.signal.aborted) return true
      const began = performance.now()
      const isRenewed = await lease.renew(token, forMs).catch(() => null)
      if (isRenewed) this.#until = began + forMs
      else if (isRenewed === false || !this.isSure()) return false
    }
    return true
  }

  async #ask(): Promise<number | null> {
    const { lease, holder, forMs, logger } = this.#options
    const began = performance.now()
    try {
      const token = await lease.acquire(holder, forMs)
      if (token !== null) this.#until = began + forMs
      return token
    } catch (error) {
      logger.warn(`Nobody can be asked who leads: ${(error as Error).message}`)
      return null
    }
  }

  async #rest(ms: number): Promise<void> {
    this.#nudge = new AbortController()
    if (!this.#isWoken) await pause(ms, undefined, { signal: this.#nudge.signal, ref: false }).catch(() => undefined)
    this.#isWoken = false
  }
}
