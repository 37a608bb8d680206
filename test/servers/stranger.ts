import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** Who listens where a server was expected. */
export type Stranger = {
  readonly port: number
  /** Ends it and every connection that it has accepted. */
  close(): Promise<void>
}

/** Listens as something else than the server that is expected; what it says to whoever comes is up to the test. */
export const startStranger = async (greet: (socket: Socket) => unknown = () => undefined): Promise<Stranger> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    // Without a reader it would not hear that the other side is gone, and stay for ever.
    socket.resume()
    greet(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
