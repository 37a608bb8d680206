import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../random.ts'
import type { Client } from '../system/client.ts'

/** A run that was accepted: what it must print, and what somebody has already seen of it. */
export type Accepted = { id: string; retries: number; truth: string; seen: string }

// What one load leaves behind must be done in seconds.
const MOST = 16

type Kind = { source: string; truth: (mark: string) => string }

const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `${line(i + 1)}\n`).join('')

const kinds: Kind[] = [
  { source: 'echo $1 done', truth: (mark) => `${mark} done\n` },
  {
    source: 'for i in {1..20}; do echo $1 line $i; sleep 0.02; done',
    truth: (mark) => lines(20, (i) => `${mark} line ${i}`),
  },
  {
    source: 'for i in {1..9000}; do echo $1 $i; done',
    truth: (mark) => lines(9000, (i) => `${mark} ${i}`),
  },
  {
    source: 'sleep 0.2; echo $1 first; sleep 0.4; echo $1 second',
    truth: (mark) => `${mark} first\n${mark} second\n`,
  },
]

/** Submits a number of runs and reads without pause, until the server is gone or `stop` is called; keeps what was accepted. */
export class Load {
  readonly accepted: Accepted[] = []
  readonly #client: Client
  readonly #random: Random
  readonly #mark: string
  readonly #work: Promise<unknown>
  #stopped = false
  #count = 0

  constructor(client: Client, random: Random, mark: string, submitters = 4) {
    this.#client = client
    this.#random = random
    this.#mark = mark
    this.#work = Promise.all([...Array.from({ length: submitters }, () => this.#submit()), this.#read()])
  }

  async stop(): Promise<Accepted[]> {
    this.#stopped = true
    await this.#work
    return this.accepted
  }

  async #submit(): Promise<void> {
    while (!this.#stopped && this.#count < MOST) {
      const { source, truth } = this.#random.pick(kinds)
      const mark = `${this.#mark}-${this.#count++}`
      const retries = this.#random.pick([0, 0, 1, 2])
      const request = { language: 'bash', source, args: [mark], retries, limits: { wallMs: 60_000 } }
      const answer = await this.#client.ask('POST', '/executions', request).catch(() => null)
      if (!answer) return
      if (answer.status === 202)
        this.accepted.push({ id: String(answer.body.id), retries, truth: truth(mark), seen: '' })
      await pause(this.#random.below(40))
    }
  }

  async #read(): Promise<void> {
    while (!this.#stopped) {
      await pause(10)
      const run = this.accepted.length > 0 ? this.#random.pick(this.accepted) : null
      if (!run) continue
      const output = await this.#client.output(run.id).catch(() => null)
      if (!output) return
      if (output.length > run.seen.length) run.seen = output.toString()
    }
  }
}
