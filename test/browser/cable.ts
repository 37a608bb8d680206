import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A cable between the browser and Greenroom that a test can cut and mend. */
export class Cable {
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  readonly #server: Server
  #isCut = false
  url = ''

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer((socket) => this.#join(socket))
  }

  static async to(url: string): Promise<Cable> {
    const cable = new Cable(Number(new URL(url).port))
    cable.#server.listen(0, '127.0.0.1')
    await once(cable.#server, 'listening')
    const address = cable.#server.address()
    cable.url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    return cable
  }

  /** Ends every connection at once, and refuses new ones. */
  cut() {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend() {
    this.#isCut = false
  }

  async close() {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(near: Socket) {
    if (this.#isCut) {
      near.destroy()
      return
    }
    const far = connect(this.#target, '127.0.0.1')
    for (const [socket, other] of [[near, far] as const, [far, near] as const]) {
      this.#sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }
}
