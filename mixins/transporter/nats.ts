import { setTimeout as pause } from 'node:timers/promises'
import { Transporters } from 'moleculer'
import { connect, type NatsConnection } from 'nats'
import { connectionOptions, natsSentence, serversOf } from './nats-address.ts'
import type { Parcels } from './parcels.ts'
import { BusDisconnected, MessageTooLarge } from './transporter.errors.ts'

type Log = { info(message: string): void; warn(message: string): void }
type Packet = { packet?: { type: string; target: string | null } }

export type NatsOptions = { url: string; logger: Log; parcels: Parcels | null }

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5000
// A server takes messages of 1 MiB unless it is told otherwise; half of that leaves room for other servers' settings.
const MOST_BYTES = 512 * 1024
// No packet of ours begins like this: they are JSON.
const REFERENCE = 'parcel '

/**
 * Moleculer's transporter for NATS.
 *
 * Promises: connecting is tried for as long as it takes, and `health` says why it has not succeeded; while there is no
 * connection a call fails at once, as one to repeat, and nothing is sent later behind its caller's back; no message is
 * larger than any server takes, for what is larger goes by reference.
 */
export class NatsTransporter extends Transporters.NATS {
  readonly #options: NatsOptions
  #problem: string | null
  #isStopped = false

  constructor(options: NatsOptions) {
    super({})
    this.#options = options
    this.#problem = `NATS at ${serversOf(options.url)} has not answered yet (GREENROOM_NATS_URL).`
  }

  health(): { ok: boolean; message: string } {
    return this.#problem === null
      ? { ok: true, message: `${serversOf(this.#options.url)} answers` }
      : { ok: false, message: this.#problem }
  }

  override async connect(): Promise<void> {
    const { url } = this.#options
    this.#isStopped = false
    for (let waitMs = FIRST_RETRY_MS; !this.#isStopped; waitMs = Math.min(2 * waitMs, LAST_RETRY_MS)) {
      try {
        return await this.#attach(await connect(connectionOptions(url)))
      } catch (error) {
        this.#fails(natsSentence(url, error as Error))
      }
      await pause(waitMs)
    }
  }

  override async disconnect(): Promise<void> {
    this.#isStopped = true
    this.connected = false
    const { client } = this
    this.client = null
    if (!client || client.isClosed()) return
    // A server that is gone takes no farewell.
    await Promise.race([client.flush().catch(() => undefined), pause(500, undefined, { ref: false })])
    await client.close()
  }

  override async send(topic: string, data: Buffer, { packet }: Packet = {}): Promise<void> {
    const { client } = this
    if (!client || !this.connected) throw new BusDisconnected(this.health().message)
    client.publish(topic, data.length > MOST_BYTES ? await this.#reference(data, packet) : data)
  }

  override async receive(command: string, data: Buffer): Promise<void> {
    const whole = await this.#dereferenced(data)
    if (whole) await super.receive(command, whole)
  }

  async #attach(client: NatsConnection): Promise<void> {
    this.client = client
    this.#serves()
    void this.#follow(client)
    await this.onConnected(false)
    // Others have heard nothing of services that were started before.
    await this.broker.registry.discoverer.sendLocalNodeInfo()
  }

  async #follow(client: NatsConnection): Promise<void> {
    for await (const { type, data } of client.status()) {
      if (type === 'disconnect') this.#loses('closed the connection')
      else if (type === 'staleConnection') this.#loses('fell silent')
      else if (type === 'reconnect') await this.#regain()
      else if (type === 'error') this.logger.warn(`NATS at ${serversOf(this.#options.url)}: ${String(data)}`)
    }
    // It gives up only where it was told something that it cannot understand.
    if (!this.#isStopped) void this.connect()
  }

  async #regain(): Promise<void> {
    this.#serves()
    await this.onConnected(true).catch((error: Error) => this.logger.warn(`Joining again failed: ${error.message}`))
  }

  // Only what has one receiver: the first who fetches a parcel has it.
  async #reference(data: Buffer, packet: Packet['packet']): Promise<Buffer> {
    const { parcels } = this.#options
    if (!parcels || !packet?.target) throw new MessageTooLarge(data.length, MOST_BYTES)
    return Buffer.from(REFERENCE + (await parcels.leave(data)))
  }

  async #dereferenced(data: Buffer): Promise<Buffer | null> {
    if (data.length > 100 || !data.toString('latin1').startsWith(REFERENCE)) return data
    try {
      return (await this.#options.parcels?.fetch(data.toString('latin1').slice(REFERENCE.length))) ?? null
    } catch (error) {
      // Its sender waits no longer than for any lost message, and repeats it.
      this.logger.warn(`A message that was left for this node could not be fetched: ${(error as Error).message}`)
      return null
    }
  }

  #loses(how: string): void {
    this.connected = false
    if (!this.#isStopped)
      this.#fails(`NATS at ${serversOf(this.#options.url)} ${how}; trying again (GREENROOM_NATS_URL).`)
  }

  #serves(): void {
    this.connected = true
    this.#problem = null
    this.#options.logger.info(`NATS at ${serversOf(this.#options.url)} serves.`)
  }

  #fails(problem: string): void {
    if (this.#problem !== problem) this.#options.logger.warn(problem)
    this.#problem = problem
  }
}
