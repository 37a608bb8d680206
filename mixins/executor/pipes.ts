import { closeSync } from 'node:fs'
import { Socket } from 'node:net'

type Fds = { readonly stdin: number; readonly stdout: number; readonly stderr: number }

const PIPES = ['stdin', 'stdout', 'stderr'] as const

/** Our end of a pipe: the descriptor, and what listens to it or writes to it. */
export type End = { readonly fd: number; readonly socket: Socket }

/**
 * Our ends of a program's three pipes. They are taken up when they are first asked for, or ahead: what a program waits for
 * need not be done then. Nothing is lost of what comes before anybody listens.
 */
export class Pipes {
  readonly #fds: Fds
  readonly #taken = new Map<keyof Fds, End>()
  #isClosed = false

  constructor(fds: Fds) {
    this.#fds = fds
  }

  takeUp(): void {
    for (const pipe of PIPES) this.end(pipe)
  }

  end(pipe: keyof Fds): End {
    const known = this.#taken.get(pipe)
    if (known) return known
    const fd = this.#fds[pipe]
    const socket = new Socket({ fd, readable: pipe !== 'stdin', writable: pipe === 'stdin' })
    // Whoever listens from later on hears of what comes then; until then it is nobody's.
    socket.on('error', () => {})
    const end = { fd, socket }
    this.#taken.set(pipe, end)
    return end
  }

  /** Once is enough: their numbers are others' then. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const pipe of PIPES) {
      const taken = this.#taken.get(pipe)
      if (taken) taken.socket.destroy()
      else closeSync(this.#fds[pipe])
    }
  }
}
