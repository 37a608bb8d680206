import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Errors, Transporters } from 'moleculer'
import { encode } from './frames.ts'
import { BusTaken, type Hub, listen, openHub } from './hub.ts'

export type UnixSocketOptions = {
  path: string
  /** The server serves the bus; every other process only joins it. */
  serve: boolean
}

const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 1000
const MAX_BACKLOG_BYTES = 16 * 1024 ** 2
// A server that is just being replaced may answer for as long as it takes to stop.
const PATIENCE_MS = 3000

/**
 * Joins processes of one machine to one Moleculer system over a UNIX domain socket, without any server.
 * A joined process connects again, with back-off and for ever, when the serving one goes away.
 */
export class UnixSocketTransporter extends Transporters.Base {
  readonly #options: UnixSocketOptions
  readonly #topics = new Set<string>()
  #hub: Hub | null = null
  #socket: Socket | null = null
  #stopped = false

  constructor(options: UnixSocketOptions) {
    super(options)
    this.#options = options
  }

  override async connect(): Promise<void> {
    this.#stopped = false
    if (!this.#options.serve) return this.#join(false)
    this.#hub = await this.#open()
    await this.onConnected(false)
  }

  override async disconnect(): Promise<void> {
    this.#stopped = true
    this.connected = false
    this.#socket?.destroySoon()
    await this.#hub?.close()
    this.#hub = null
  }

  override async subscribe(command: string, nodeID?: string): Promise<void> {
    const topic = this.getTopicName(command, nodeID)
    this.#topics.add(topic)
    if (this.#hub) this.#hub.subscribe(topic)
    else this.#socket?.write(encode('subscribe', topic))
  }

  // Moleculer itself balances calls and events between nodes here.
  override async subscribeBalancedRequest(): Promise<void> {}
  override async subscribeBalancedEvent(): Promise<void> {}

  override async send(topic: string, data: Buffer): Promise<void> {
    if (this.#hub) return this.#hub.publish(topic, data)
    const socket = this.#socket
    if (!socket?.writable || socket.writableLength > MAX_BACKLOG_BYTES) {
      throw new Errors.BrokerDisconnectedError('Greenroom cannot be reached; the connection is being made again.')
    }
    socket.write(encode('message', topic, data))
  }

  async #open(): Promise<Hub> {
    const hear = (topic: string, payload: Buffer) => this.#hear(topic, payload)
    for (const until = Date.now() + PATIENCE_MS; ; await pause(100)) {
      try {
        return await openHub(this.#options.path, hear, (sentence) => this.logger.warn(sentence))
      } catch (error) {
        if (error instanceof BusTaken && Date.now() < until && !this.#stopped) continue
        // Moleculer would try again for ever and never say so.
        this.broker.fatal((error as Error).message, error as Error, true)
      }
    }
  }

  #hear(topic: string, payload: Buffer): void {
    const command = topic.slice(this.prefix.length + 1).split('.', 1)[0]!
    void this.receive(command, payload)
  }

  async #join(wasReconnect: boolean): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; !this.#stopped; waitMs = Math.min(2 * waitMs, LAST_RETRY_MS)) {
      const socket = await dial(this.#options.path)
      if (socket) return this.#attach(socket, wasReconnect)
      await pause(waitMs)
    }
  }

  async #attach(socket: Socket, wasReconnect: boolean): Promise<void> {
    this.#socket = socket
    listen(
      socket,
      ({ topic, payload }) => this.#hear(topic, payload),
      (sentence) => this.logger.debug(sentence),
    )
    for (const topic of this.#topics) socket.write(encode('subscribe', topic))
    socket.once('close', () => {
      this.connected = false
      if (this.#stopped) return
      this.logger.warn('The connection to Greenroom is lost; trying to connect again.')
      this.#forgetNodes()
      void this.#join(true)
    })
    try {
      await this.onConnected(wasReconnect)
    } catch (error) {
      this.logger.warn(`Joining Greenroom failed: ${(error as Error).message}`)
      socket.destroy()
    }
  }

  // Without the bus no node can be reached; a call must fail now and not after its time-out.
  #forgetNodes(): void {
    const { discoverer, nodes } = this.broker.registry
    for (const node of nodes.toArray()) if (!node.local) discoverer.remoteNodeDisconnected(node.id, true)
  }
}

const dial = (path: string): Promise<Socket | null> =>
  new Promise((resolve) => {
    const socket = connect(path)
    const fail = () => resolve(null)
    socket.once('error', fail).once('connect', () => {
      socket.off('error', fail)
      resolve(socket)
    })
  })
