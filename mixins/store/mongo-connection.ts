import { setTimeout as pause } from 'node:timers/promises'
import { type Db, MongoClient, type MongoClientOptions, type TopologyDescription } from 'mongodb'
import { hindrance } from './mongo-failure.ts'
import { databaseIn, MongoRefused, sentenceOf } from './mongo-refused.ts'
import type { Health, Log } from './relay.ts'
import { StoreUnavailable } from './unavailable.ts'

/** How long a call waits for the first connection; a server that is away for longer is away. */
const PATIENCE_MS = 1000
const LONGEST_PAUSE_MS = 5000

// A server that is silent for so long is taken for dead, so that whoever waits for it gets an answer.
const OPTIONS: MongoClientOptions = {
  appName: 'greenroom',
  serverSelectionTimeoutMS: 1500,
  connectTimeoutMS: 2000,
  socketTimeoutMS: 4000,
  waitQueueTimeoutMS: 3000,
  heartbeatFrequencyMS: 2000,
  maxPoolSize: 64,
  retryReads: true,
}

// Given once more below the connection, where nothing in the URL can weaken them.
const TRUTH = { readPreference: 'primary', writeConcern: { w: 'majority', journal: true } } as const

/**
 * The connection to a MongoDB server, or several that are one.
 *
 * Promises: opening never waits and never fails for the server's sake; it is tried again, ever more slowly, for as long as
 * it takes. Every call ends within seconds, with StoreUnavailable where the server does not serve.
 */
export class MongoConnection {
  readonly #client: MongoClient
  readonly #server: string
  readonly #database: Db
  readonly #logger: Log
  readonly #connected = Promise.withResolvers<void>()
  readonly #ending = new AbortController()
  #isConnected = false
  #problem: string | null

  constructor(url: string, logger: Log) {
    this.#client = clientOf(url)
    this.#database = this.#client.db(databaseIn(url), TRUTH)
    this.#server = this.#client.options.hosts.join(', ') || this.#client.options.srvHost || 'nowhere'
    this.#logger = logger
    this.#problem = `MongoDB at ${this.#server} has not answered yet (GREENROOM_MONGODB_URL).`
    this.#client.on('topologyDescriptionChanged', ({ newDescription }) => this.#sees(newDescription))
    void this.#connect()
  }

  health(): Health {
    return { ok: this.#problem === null, message: this.#problem ?? `${this.#server} answers` }
  }

  /** Does something with the database; throws StoreUnavailable where it has not been reached yet, else what it threw. */
  async do<T>(operation: (database: Db) => Promise<T>): Promise<T> {
    if (!this.#isConnected) await this.#untilConnected()
    try {
      const done = await operation(this.#database)
      if (this.#problem !== null && this.#isConnected) this.#serves()
      return done
    } catch (error) {
      if (hindrance(error) && this.#isConnected) this.#fails(sentenceOf(this.#server, error as Error))
      throw error
    }
  }

  async close(): Promise<void> {
    this.#ending.abort()
    this.#problem = `The connection to MongoDB at ${this.#server} is closed: Greenroom is stopping.`
    this.#isConnected = false
    await this.#client.close()
  }

  async #untilConnected(): Promise<void> {
    const { signal } = this.#ending
    if (signal.aborted) throw new StoreUnavailable('unreachable')
    await Promise.race([this.#connected.promise, pause(PATIENCE_MS, undefined, { signal, ref: false })]).catch(() => {
      throw new StoreUnavailable('unreachable')
    })
    if (!this.#isConnected) throw new StoreUnavailable('unreachable')
  }

  async #connect(): Promise<void> {
    const { signal } = this.#ending
    for (let pauseMs = 100; !signal.aborted; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        await this.#client.connect()
        // Connecting proves who we are; only a command proves that we may.
        await this.#database.command({ listCollections: 1, nameOnly: true })
        return this.#serves()
      } catch (error) {
        if (signal.aborted) return
        this.#fails(sentenceOf(this.#server, error as Error))
        await pause(pauseMs, undefined, { signal, ref: false }).catch(() => undefined)
      }
    }
  }

  #serves(): void {
    this.#isConnected = true
    this.#problem = null
    this.#connected.resolve()
    this.#logger.info(`MongoDB at ${this.#server} serves.`)
  }

  #sees({ servers }: TopologyDescription): void {
    if (!this.#isConnected) return
    const all = [...servers.values()]
    const serves = all.some(({ type }) => ['RSPrimary', 'Standalone', 'Mongos', 'LoadBalancer'].includes(type))
    const [fault = { name: 'NoPrimary', message: 'no server takes writes' }] = all.flatMap(({ error }) => error ?? [])
    if (!serves) this.#fails(sentenceOf(this.#server, fault))
    else if (this.#problem !== null) this.#serves()
  }

  #fails(problem: string): void {
    if (this.#problem !== problem) this.#logger.warn(problem)
    this.#problem = problem
  }
}

const clientOf = (url: string): MongoClient => {
  try {
    return new MongoClient(url, { ...OPTIONS, writeConcern: TRUTH.writeConcern })
  } catch (error) {
    // Its sentence may repeat the URL, and with it the password.
    const { name } = error as Error
    throw new MongoRefused(
      `GREENROOM_MONGODB_URL is not an address of MongoDB (${name}). It looks like mongodb://user:password@host:27017/greenroom.`,
    )
  }
}
