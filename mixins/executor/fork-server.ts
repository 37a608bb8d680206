import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** What a fork server made: the first process of a sandbox, and the paths of our ends of its pipes until `release`. */
export type Made = { pid: number; ends: readonly string[]; release(): void }

/** Whether a sandbox is wanted at once, or will wait. */
export type Haste = 'now' | 'ahead'

const PATIENCE_MS = 20_000

/** How long what could not be forked is not tried again. */
export const FORK_AGAIN_MS = 60_000

/** A fork server that is gone, or could not make what it was told to. */
export class ForkFailed extends TypeError {}

/** A process that forks sandboxes and never runs a program itself. */
export class ForkServer {
  readonly #child: ChildProcess
  readonly #waiting = new Map<string, { resolve(made: Made): void; reject(error: Error): void }>()
  readonly #up = Promise.withResolvers<void>()
  readonly gone: Promise<void>
  #complaint = ''
  #count = 0
  /** Sandboxes whose pipes it has to let go of yet. */
  readonly #held = new Set<string>()
  #isRetired = false
  #pid = 0
  isGone = false
  readonly #born = performance.now()

  /** `filter` is an open file, which stays the caller's. */
  constructor(bwrap: string, args: readonly string[], filter: number, settings: Readonly<Record<string, string>>) {
    // The numbers that sandboxes use are taken from the start, so that nothing of the server itself gets them.
    const stdio: StdioOptions = ['pipe', 'pipe', 'pipe', filter, filter, filter]
    this.#child = spawn(bwrap, args, { stdio, detached: true, cwd: '/', env: {} })
    this.#child.stdin!.on('error', () => {})
    this.#child.stderr!.on('data', (bytes: Buffer) => {
      this.#complaint = `${this.#complaint}${bytes}`.slice(-2000)
    })
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#heed(line))
    this.gone = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#end(error.message, resolve))
      this.#child.once('exit', () => this.#end(this.#complaint, resolve))
    })
    this.#up.promise.catch(() => {})
    this.#inTime(this.#up.promise)
    this.#say('settings', ...Object.entries(settings).map((pair) => pair.join('=')))
  }

  /** Resolves once it takes orders; rejects when it will not. */
  get up(): Promise<void> {
    return this.#up.promise
  }

  /** Forks share the layout of their memory, so that a server is not used for ever. */
  isWorn(mostForks: number, mostMs: number): boolean {
    return this.#count >= mostForks || performance.now() - this.#born > mostMs
  }

  /** By these calls of the kernel; in haste where its program is there already, so that nothing is worth doing ahead. */
  async make(uid: number, group: string, haste: Haste, calls: readonly string[]): Promise<Made> {
    await this.#up.promise
    if (this.isGone) throw new ForkFailed('The fork server has ended.')
    const id = `${this.#count++}`
    const made = new Promise<Made>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#held.add(id)
      this.#say('make', id, uid, group, haste, ...calls)
    })
    this.#inTime(made)
    return await made
  }

  // One that hangs would let its programs wait for ever.
  #inTime(answer: Promise<unknown>): void {
    const late = setTimeout(() => this.kill(), PATIENCE_MS)
    const done = () => clearTimeout(late)
    answer.then(done, done)
  }

  /** Takes no more orders; it ends when the last of its sandboxes has. */
  retire(): void {
    this.#isRetired = true
    if (this.#held.size === 0) this.#child.stdin!.end()
  }

  #letGo(id: string): void {
    this.#say('release', id)
    this.#held.delete(id)
    if (this.#isRetired) this.retire()
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #say(...words: (string | number)[]): void {
    this.#child.stdin!.write(`${words.join(' ')}\n`)
  }

  #heed(line: string): void {
    const [word, id = '', ...rest] = line.split(' ')
    if (word === 'up') {
      this.#pid = Number(id)
      this.#up.resolve()
      return
    }
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    const [pid, ...fds] = rest
    const ends = fds.map((fd) => `/proc/${this.#pid}/fd/${fd}`)
    if (word === 'made') waiting?.resolve({ pid: Number(pid), ends, release: () => this.#letGo(id) })
    else {
      this.#letGo(id)
      waiting?.reject(new ForkFailed(`No sandbox could be forked: ${rest.join(' ')}`))
    }
  }

  #end(why: string, resolve: () => void): void {
    this.isGone = true
    const error = new ForkFailed(`The fork server has ended: ${why.trim()}`)
    this.#up.reject(error)
    for (const { reject } of this.#waiting.values()) reject(error)
    resolve()
  }
}
