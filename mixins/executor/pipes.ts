import { closeSync } from 'node:fs'
import { Socket } from 'node:net'

type Fds = { readonly stdin: number; readonly stdout: number; readonly stderr: number }

/** Our end of a pipe: the descriptor, and what listens to it or writes to it. */
export type End = { readonly fd: number; readonly socket: Socket }
type Ends = { readonly [pipe in keyof Fds]: End }

/**
 * Our ends of a program's three pipes. They are taken up when they are first asked for, or ahead: what a program waits for
 * need not be done then. Nothing is lost of what comes before anybody listens.
 */
export class Pipes {
  readonly #fds: Fds
  #ends: Ends | null = null

  constructor(fds: Fds) {
    this.#fds = fds
  }

  get ends(): Ends {
    this.#ends ??= {
      stdin: taken(this.#fds.stdin, { readable: false, writable: true }),
      stdout: taken(this.#fds.stdout, { readable: true, writable: false }),
      stderr: taken(this.#fds.stderr, { readable: true, writable: false }),
    }
    return this.#ends
  }

  close(): void {
    if (this.#ends) for (const { socket } of Object.values(this.#ends)) socket.destroy()
    else for (const fd of Object.values(this.#fds)) closeSync(fd)
  }
}

const taken = (fd: number, way: { readable: boolean; writable: boolean }): End => {
  const socket = new Socket({ fd, ...way })
  // Whoever listens later hears of it too; until then it is nobody's.
  socket.on('error', () => {})
  return { fd, socket }
}
