import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../random.ts'
import type { Client } from '../system/client.ts'

/** A run that was accepted, and what it must print. */
export type Accepted = { id: string; retries: number; truth: string }

type Answer = { status: number; id: string | null; detail: string }

const ASK_AGAIN_MS = 100
// A client that is answered "not now", or not at all, asks again with the same key for so long.
const PATIENCE_MS = 180_000

const SOURCE = 'for ((i = 1; i <= $2; i++)); do echo $1 $i; done; sleep $3; echo $1 end'

const request = (mark: string, random: Random) => {
  const lines = random.pick([1, 20, 2000])
  const retries = random.pick([0, 0, 2])
  const text = Array.from({ length: lines }, (_, i) => `${mark} ${i + 1}\n`).join('')
  const args = [mark, String(lines), random.pick(['0', '0.05', '0.3'])]
  const body = { language: 'bash', source: SOURCE, args, retries, limits: { wallMs: 60_000 } }
  return { body, retries, truth: `${text}${mark} end\n` }
}

/**
 * Clients that submit through any door, as real ones do: whoever is not answered asks again, elsewhere, with the same key.
 * Keeps every run that was accepted, and every request that was given up.
 */
export class NodesLoad {
  readonly accepted: Accepted[] = []
  readonly lost: string[] = []
  /** What the answers were that asked to come again, as far as there were any. */
  readonly refusals: string[] = []
  #stopped = false
  readonly #work: Promise<unknown>

  constructor(doors: Client[], random: Random, mark: string, clients = 3) {
    this.#work = Promise.all(Array.from({ length: clients }, (_, n) => this.#client(doors, random, `${mark}-${n}`)))
  }

  async stop(): Promise<Accepted[]> {
    this.#stopped = true
    await this.#work
    return this.accepted
  }

  async #client(doors: Client[], random: Random, mark: string): Promise<void> {
    for (let count = 0; !this.#stopped; count++) {
      const key = `${mark}-${count}`
      const { body, retries, truth } = request(key, random)
      const id = await this.#untilAccepted(doors, random, key, body)
      if (id === null) this.lost.push(key)
      else this.accepted.push({ id, retries, truth })
      await pause(random.below(300))
    }
  }

  async #untilAccepted(doors: Client[], random: Random, key: string, body: object): Promise<string | null> {
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await pause(ASK_AGAIN_MS)) {
      const { status, id, detail } = await asked(doors.length > 0 ? random.pick(doors) : undefined, key, body)
      if (status === 202) return id
      if (status !== 0 && status < 500 && status !== 429) return null
      this.refusals.push(`${key}: ${status} ${detail}`)
    }
    return null
  }
}

const asked = async (door: Client | undefined, key: string, body: object): Promise<Answer> => {
  if (!door) return { status: 0, id: null, detail: 'No door is open.' }
  try {
    const answer = await door.ask<{ id: string; detail: string }>('POST', '/executions', body, {
      'idempotency-key': key,
    })
    return { status: answer.status, id: answer.body?.id ?? null, detail: `${door.url} ${answer.body?.detail ?? ''}` }
  } catch (error) {
    // The door was closed, or broke in the middle.
    return { status: 0, id: null, detail: `${door.url} ${String((error as Error).cause ?? error)}` }
  }
}
