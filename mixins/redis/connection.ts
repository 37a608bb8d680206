import type { Socket } from 'node:net'
import { Redis, type RedisOptions } from 'ioredis'
import { databaseOf, isLasting, RedisRefused, RedisUnavailable, sentenceOf, serverOf, unfit } from './refusals.ts'
import type { Script } from './scripts.ts'

export type Log = { info(message: string): void; warn(message: string): void }
/** Whether a backend serves, and the sentence that says why not. */
export type Health = { ok: boolean; message: string }

type Value = string | number | Uint8Array
type Command = (key: string, ...args: Value[]) => Promise<unknown>

/** How long a call waits for a connection that is being made; restarts are shorter, failures longer. */
const PATIENCE_MS = 500
/** A server that is silent for so long while it owes an answer is taken for dead. */
const SILENCE_MS = 5000
const LOOK_AGAIN_MS = 2000
const CLOSE_MS = 1000
/** What the client says of a call when its connection has gone; why it has is said before. */
const FOLLOWING = /isn't writeable|connection is closed|max retries per request/i
const NO_DATABASE = { message: 'DB index' }

const OPTIONS: RedisOptions = {
  enableAutoPipelining: true,
  // A command is sent once: whether it was done when the connection broke is for its caller to find out, and nothing
  // piles up here while there is no server.
  autoResendUnfulfilledCommands: false,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  connectTimeout: SILENCE_MS,
  retryStrategy: (times) => Math.min(2000, 50 * 2 ** Math.min(times, 10)),
}

/**
 * The connection to a Redis server.
 *
 * Promises: opening never waits and never fails for the server's sake; it is tried again, ever more slowly, for as long as
 * it takes. Every call ends within seconds, with RedisUnavailable where the server does not serve.
 */
export class RedisConnection {
  readonly #url: string
  readonly #server: string
  readonly #logger: Log
  readonly #client: Redis
  readonly #others = new Set<Redis>()
  #problem: string | null
  readonly #waiting = new Set<() => void>()
  #again: NodeJS.Timeout | undefined
  readonly #watch: NodeJS.Timeout
  #owed = 0
  #heardAt = 0

  constructor(url: string, logger: Log) {
    this.#url = url
    this.#server = serverOf(url)
    this.#logger = logger
    this.#problem = `Redis at ${this.#server} has not answered yet (GREENROOM_REDIS_URL).`
    this.#client = new Redis(url, OPTIONS)
    this.#client.on('connect', () => this.#hear())
    this.#client.on('ready', () => void this.#examine())
    this.#client.on('error', (error) => this.#fails(sentenceOf(this.#server, error), FOLLOWING.test(error.message)))
    this.#client.on('close', () =>
      this.#fails(`Redis at ${this.#server} has closed the connection (GREENROOM_REDIS_URL).`, true),
    )
    this.#watch = setInterval(() => this.#dropIfSilent(), SILENCE_MS / 5).unref()
  }

  health(): Health {
    return this.#problem === null
      ? { ok: true, message: `${this.#server} answers` }
      : { ok: false, message: this.#problem }
  }

  /** Makes scripts known; before anything is asked. */
  define(scripts: readonly Script[]): void {
    for (const { name, lua } of scripts) this.#client.defineCommand(name, { lua, numberOfKeys: 1 })
  }

  run(script: Script, key: string, ...args: Value[]): Promise<unknown> {
    return this.do((client) => (client as unknown as Record<string, Command>)[script.name]!(key, ...args))
  }

  /** As `run`, with answers in bytes. */
  runForBytes(script: Script, key: string, ...args: Value[]): Promise<unknown> {
    return this.do((client) => (client as unknown as Record<string, Command>)[`${script.name}Buffer`]!(key, ...args))
  }

  async do<T>(command: (client: Redis) => Promise<T>): Promise<T> {
    if (this.#problem !== null) await this.#untilUsable()
    try {
      return await this.#ask(command)
    } catch (error) {
      throw this.#translated(error as Error)
    }
  }

  /** A connection of one's own, for commands that block; its user notices when it has gone silent. */
  another(): Redis {
    const other = this.#client.duplicate({ ...OPTIONS, enableAutoPipelining: false, enableOfflineQueue: true })
    // The first connection tells what is wrong with the server.
    other.on('error', () => undefined)
    this.#others.add(other)
    return other
  }

  async close(): Promise<void> {
    clearTimeout(this.#again)
    clearInterval(this.#watch)
    this.#problem = `The connection to Redis at ${this.#server} is closed: Greenroom is stopping.`
    const clients = [this.#client, ...this.#others].filter(({ status }) => status !== 'end')
    await Promise.all(clients.map(ended))
  }

  async #untilUsable(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.add(resolve)
    const timer = setTimeout(resolve, PATIENCE_MS)
    await promise
    clearTimeout(timer)
    this.#waiting.delete(resolve)
    if (this.#problem !== null) throw new RedisUnavailable(this.#problem)
  }

  async #ask<T>(command: (client: Redis) => Promise<T>): Promise<T> {
    if (this.#owed++ === 0) this.#hear()
    try {
      return await command(this.#client)
    } finally {
      this.#owed--
      this.#hear()
    }
  }

  #hear(): void {
    this.#heardAt = performance.now()
  }

  #dropIfSilent(): void {
    const isOwing = this.#owed > 0 || this.#client.status === 'connect'
    if (isOwing && performance.now() - this.#heardAt > SILENCE_MS) drop(this.#client)
  }

  async #examine(): Promise<void> {
    clearTimeout(this.#again)
    try {
      const info = await this.#ask((client) => client.info())
      const problem = unfit(this.#server, info) ?? (await this.#misplaced())
      if (problem === null) return this.#serves(info)
      this.#fails(problem)
    } catch (error) {
      this.#fails(sentenceOf(this.#server, error as Error))
    }
    this.#again = setTimeout(() => void this.#examine(), LOOK_AGAIN_MS).unref()
  }

  // The client goes on in the first database when there is none of the number that it was given.
  async #misplaced(): Promise<string | null> {
    const own = await this.#ask((client) => client.call('CLIENT', 'INFO'))
    const isThere = new RegExp(`\\bdb=${databaseOf(this.#url)}\\b`).test(String(own))
    return isThere ? null : sentenceOf(this.#server, NO_DATABASE)
  }

  #serves(info: string): void {
    this.#problem = null
    for (const resume of this.#waiting) resume()
    this.#logger.info(`Redis at ${this.#server} serves.`)
    if (!isLasting(info))
      this.#logger.warn(`Redis at ${this.#server} forgets everything when it ends. Start it with --appendonly yes.`)
  }

  // What follows from a failure does not hide it.
  #fails(problem: string, isConsequence = false): void {
    if (isConsequence && this.#problem !== null) return
    if (this.#problem !== problem) this.#logger.warn(problem)
    this.#problem = problem
  }

  #translated(error: Error): Error {
    const isAnswer = error.name === 'ReplyError'
    const isPassing = /^(OOM|READONLY|LOADING|MISCONF|NOAUTH|NOPERM|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY)\b/.test(
      error.message,
    )
    if (isAnswer && !isPassing) return new RedisRefused(error.message)
    return new RedisUnavailable(
      isAnswer ? sentenceOf(this.#server, error) : (this.#problem ?? sentenceOf(this.#server, error)),
    )
  }
}

/** Breaks a connection at once, whatever the other end does; it is made again by itself. */
export const drop = (client: Redis): void => {
  const { stream } = client as unknown as { stream?: Socket }
  stream?.destroy()
}

const ended = async (client: Redis): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  client.once('end', resolve)
  client.disconnect()
  // Between two attempts there is nothing that could end, and no word of it; a silent server never ends anything.
  const timer = setTimeout(resolve, client.status === 'reconnecting' ? 0 : CLOSE_MS)
  await promise
  clearTimeout(timer)
  drop(client)
}
