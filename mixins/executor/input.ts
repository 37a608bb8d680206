import { Socket } from 'node:net'

export type Input = { write(bytes: Uint8Array): Promise<void>; close(): void; destroy(): void }

/** Feeds a program's stdin; that the program reads no more is nobody's error. */
export const input = (fd: number): Input => {
  const socket = new Socket({ fd, readable: false, writable: true })
  socket.on('error', () => {})
  return {
    write: (bytes) =>
      new Promise((resolve) => {
        if (!socket.writable) return resolve()
        socket.once('close', resolve)
        socket.write(bytes, () => {
          socket.off('close', resolve)
          resolve()
        })
      }),
    close: () => void socket.end(),
    destroy: () => void socket.destroy(),
  }
}
