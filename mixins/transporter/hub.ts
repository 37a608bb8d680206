import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { decoder, encode, type Frame } from './frames.ts'
import { answers, prepareFolder } from './socket-path.ts'

type Report = (sentence: string) => void
type Hear = (topic: string, payload: Buffer) => void

// A peer that stopped reading (a suspended terminal) is dropped before it costs the server memory.
const MAX_BACKLOG_BYTES = 16 * 1024 ** 2

/** Another process already serves the bus of this data directory. */
export class BusTaken extends Error {
  readonly type = 'BUS_TAKEN'
}

export type Hub = {
  /** What the hosting process itself wants to hear. */
  subscribe(topic: string): void
  /** Hands a message to every peer that subscribed to its topic. */
  publish(topic: string, payload: Buffer): void
  close(): Promise<void>
}

/**
 * Serves a bus on a socket that only this user can open, and relays messages between its peers and the host.
 * Replaces a socket file that a dead process left; refuses with BusTaken while a living one answers.
 */
export const openHub = async (path: string, hear: Hear, report: Report): Promise<Hub> => {
  prepareFolder(path)
  if (await answers(path)) {
    throw new BusTaken(
      `Another Greenroom serves ${path}: stop it, or give this one another directory by GREENROOM_DATA.`,
    )
  }
  rmSync(path, { force: true })
  const own = new Set<string>()
  const peers = new Map<Socket, Set<string>>()

  const relay = (topic: string, payload: Buffer, from?: Socket) => {
    let frame: Buffer | undefined
    for (const [peer, topics] of peers) {
      if (peer === from || !topics.has(topic)) continue
      frame ??= encode('message', topic, payload)
      if (peer.writableLength > MAX_BACKLOG_BYTES) {
        report(`A peer of the bus does not read; its connection is closed.`)
        peer.destroy()
      } else peer.write(frame)
    }
  }

  const accept = (peer: Socket) => {
    const topics = new Set<string>()
    peers.set(peer, topics)
    const take = ({ kind, topic, payload }: Frame) => {
      if (kind === 'subscribe') return void topics.add(topic)
      relay(topic, payload, peer)
      if (own.has(topic)) hear(topic, payload)
    }
    listen(peer, take, report)
    peer.once('close', () => peers.delete(peer))
  }

  const server = await serve(path, accept)
  return {
    subscribe: (topic) => void own.add(topic),
    publish: relay,
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const peer of peers.keys()) peer.destroySoon()
      return closed
    },
  }
}

/** Feeds what a socket brings to a frame handler; a peer that talks nonsense is disconnected, never guessed at. */
export const listen = (socket: Socket, take: (frame: Frame) => void, report: Report): void => {
  const feed = decoder(take)
  socket.on('data', (chunk) => {
    try {
      feed(chunk)
    } catch (error) {
      report(`${(error as Error).message} The connection is closed.`)
      socket.destroy()
    }
  })
  socket.on('error', (error) => report(`The bus connection broke: ${error.message}.`))
}

const serve = (path: string, accept: (peer: Socket) => void): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer(accept)
    server.once('error', reject)
    server.listen(path, () => {
      chmodSync(path, 0o600)
      server.off('error', reject)
      resolve(server)
    })
  })
