import type { Topics } from '../topics/topics.ts'
import type { Letter } from './letters.ts'
import type { Outgoing, Parcel } from './outbox.ts'
import { Route } from './relay-route.ts'

export type Log = { info(message: string): void; warn(message: string): void }
/** Whether facts reach their topics in time, and the sentence that says why not. */
export type Health = { ok: boolean; message: string }

const SWEEP_MS = 1000
const LATE_MS = 30_000
/** Letters of one append; what comes meanwhile waits for the next one. */
const BATCH = 500
/** Parcels told by writers that are kept in memory; others stay in the store, where the next look finds them. */
const MOST = 5000
const REMEMBERED = 20_000

/**
 * Publishes what a store's writes left in its outbox: at once when the store tells of it, else when it looks.
 *
 * Promises: a letter is published at least once, after all earlier ones of its topic and key, and forgotten only then,
 * whichever process wrote it and whichever dies meanwhile. While a topic cannot be written, its letters stay in the
 * store, and those of other topics go on.
 */
export class Relay<P extends Parcel = Parcel> {
  readonly #outgoing: Outgoing<P>
  readonly #route: Route
  readonly #logger: Log
  readonly #told = new Map<string, P>()
  readonly #sent = new Set<string>()
  readonly #sweeper: NodeJS.Timeout
  readonly #lateMs: number
  #bell = Promise.withResolvers<void>()
  #isToLook = true
  #isClosed = false
  #waitsSince: number | null = null
  #problem: string | null = null
  readonly #running: Promise<void>

  constructor(outgoing: Outgoing<P>, topics: Pick<Topics, 'append'>, logger: Log, { lateMs = LATE_MS } = {}) {
    this.#outgoing = outgoing
    this.#lateMs = lateMs
    this.#route = new Route(topics, (problem) => this.#fails(problem))
    this.#logger = logger
    // A store that only says that something has come would make us look again and again at what cannot go.
    outgoing.listen((parcel) => (parcel || this.#route.resting().length === 0) && this.#hear(parcel))
    this.#sweeper = setInterval(() => this.#hear(), SWEEP_MS).unref()
    this.#running = this.#run()
  }

  /** Not ok when a fact has waited for long: work goes on meanwhile, only those who follow the topics fall behind. */
  health(): Health {
    const waitsMs = this.#waitsSince === null ? 0 : Date.now() - this.#waitsSince
    if (waitsMs < this.#lateMs) return { ok: true, message: 'Facts reach their topics.' }
    const cause = this.#problem ?? 'more are written than can be published'
    return { ok: false, message: `Facts wait for their topics since ${Math.round(waitsMs / 1000)} s: ${cause}` }
  }

  /** Ends with what was written last; what cannot be published then is by others, or after the next start. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper)
    if (this.#problem === null) await this.#outgoing.gathered?.()
    this.#isClosed = true
    this.#bell.resolve()
    await this.#running
  }

  #hear(parcel?: P): void {
    if (!parcel) this.#isToLook = true
    // The newer parcel of an origin holds whatever of the older one was not settled. It keeps the place of the older.
    else if (this.#told.has(parcel.origin) || this.#told.size < MOST) this.#told.set(parcel.origin, parcel)
    this.#bell.resolve()
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      await this.#bell.promise
      this.#bell = Promise.withResolvers()
      try {
        await this.#publishTold()
        if (this.#isToLook) await this.#look()
      } catch (error) {
        // The store cannot be reached; nothing is forgotten, and the next look begins anew.
        this.#fails((error as Error).message)
      }
    }
  }

  async #publishTold(): Promise<void> {
    while (this.#told.size > 0 && !this.#isClosed) {
      this.#route.begin()
      await this.#deliver(this.#take())
    }
  }

  #take(): P[] {
    const taken: P[] = []
    let letters = 0
    for (const parcel of this.#told.values()) {
      if (letters >= BATCH) break
      taken.push(parcel)
      letters += parcel.letters.length
    }
    for (const { origin } of taken) this.#told.delete(origin)
    return taken
  }

  async #look(): Promise<void> {
    this.#isToLook = false
    this.#route.begin()
    for await (const parcels of this.#outgoing.left(this.#route.resting())) {
      const published = await this.#deliver(parcels)
      // Behind many that cannot go there are more of them.
      if (this.#isClosed || published === 0) break
    }
    this.#waitsSince = await this.#outgoing.oldest()
    if (this.#waitsSince === null) this.#recovers()
  }

  async #deliver(parcels: readonly P[]): Promise<number> {
    const unsent = parcels.flatMap(({ letters }) => letters).filter((letter) => !this.#isSent(letter))
    for (const { message } of await this.#route.publish(unsent)) this.#remember(message.id)
    const delivered = parcels.map((parcel) => ({
      parcel,
      published: parcel.letters.filter((letter) => this.#isSent(letter)),
    }))
    const done = delivered.filter(({ parcel, published }) => published.length > 0 || parcel.letters.length === 0)
    // What is written to an origin while it is under way may be left to us by its writer.
    if (done.length > 0) for (const rest of await this.#outgoing.settle(done)) this.#hear(rest)
    return done.length
  }

  #isSent({ message }: Letter): boolean {
    return this.#sent.has(message.id)
  }

  // A letter that was written after an earlier one of its origin comes in a parcel that may still hold that one.
  #remember(id: string): void {
    this.#sent.add(id)
    if (this.#sent.size <= REMEMBERED) return
    const [oldest] = this.#sent
    if (oldest !== undefined) this.#sent.delete(oldest)
  }

  #fails(problem: string): void {
    if (this.#problem === null) this.#logger.warn(`Facts wait in the outbox: ${problem}`)
    this.#problem = problem
  }

  #recovers(): void {
    if (this.#problem !== null) this.#logger.info('All facts have reached their topics.')
    this.#problem = null
  }
}
