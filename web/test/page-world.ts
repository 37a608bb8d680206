import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'

class Memory {
  readonly #items = new Map<string, string>()
  getItem(key: string) {
    return this.#items.get(key) ?? null
  }
  setItem(key: string, value: string) {
    this.#items.set(key, value)
  }
  removeItem(key: string) {
    this.#items.delete(key)
  }
}

/** What a page finds around it, as far as its state needs it: storage, and a server at its own origin. */
export class PageWorld {
  readonly #server: Server
  readonly #fetch = globalThis.fetch

  private constructor(server: Server) {
    this.#server = server
  }

  static async serve(listener: RequestListener): Promise<PageWorld> {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const world = new PageWorld(server)
    world.#enter()
    return world
  }

  async leave() {
    globalThis.fetch = this.#fetch
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #enter() {
    const address = this.#server.address()
    const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    globalThis.fetch = (path, init) => this.#fetch(new URL(String(path), origin), init)
    Object.assign(globalThis, {
      sessionStorage: new Memory(),
      localStorage: new Memory(),
      document: { visibilityState: 'hidden' },
    })
  }
}

/** The JSON body of a request. */
export const bodyOf = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  let text = ''
  for await (const piece of request) text += piece
  return JSON.parse(text || '{}')
}
