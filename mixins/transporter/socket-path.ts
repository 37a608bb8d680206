import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'

// The kernel keeps a socket's path in 108 bytes.
const LONGEST = 100
const SHARED = /^\/tmp\/greenroom-\d+-[0-9a-f]{16}$/

/** The short path cannot be used because somebody else owns its folder. */
export class SocketFolderRefused extends Error {
  readonly type = 'SOCKET_FOLDER_REFUSED'
}

/**
 * Where the bus of a data directory listens: in the directory itself, or, where that path is too long for a socket, in
 * a folder under /tmp that only this user can enter. The same directory always gives the same path.
 */
export const socketPath = (dataDir: string): string => {
  const own = join(dataDir, 'bus.sock')
  if (Buffer.byteLength(own) <= LONGEST) return own
  const digest = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  return join('/tmp', `greenroom-${process.getuid?.() ?? 0}-${digest}`, 'bus.sock')
}

/** Makes the folder of a socket, private to this user; refuses one in a shared place that somebody else made. */
export const prepareFolder = (path: string): void => {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { uid, mode } = lstatSync(folder)
  if (SHARED.test(folder) && (uid !== process.getuid?.() || (mode & 0o777) !== 0o700)) {
    throw new SocketFolderRefused(
      `${folder} belongs to another user or is open to others; set GREENROOM_DATA to a directory with a shorter path.`,
    )
  }
}

/** Whether a process answers on a socket; a file that nobody serves does not. */
export const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path)
    const say = (answer: boolean) => () => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', say(true)).once('error', say(false))
  })
