import type { Socket } from 'node:net'

export type Input = { write(bytes: Uint8Array): Promise<void>; close(): void }

/** Feeds a program's stdin; that the program reads no more is nobody's error. */
export const input = (socket: Socket): Input => ({
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
})
