import type { Topics } from '../topics/topics.ts'
import type { Letter } from './letters.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000

type Pause = { ms: number; until: number }

/** The way from an outbox to its topics: in order per key, with a pause for a topic that fails. */
export class Route {
  readonly #topics: Pick<Topics, 'append'>
  readonly #fails: (problem: string) => void
  readonly #pauses = new Map<string, Pause>()
  #blocked = new Set<string>()

  constructor(topics: Pick<Topics, 'append'>, fails: (problem: string) => void) {
    this.#topics = topics
    this.#fails = fails
  }

  /** A new pass over the outbox: what was skipped is tried again, unless its topic is still to rest. */
  begin(): void {
    this.#blocked = new Set(this.resting())
  }

  /** The topics that have failed and are not to be tried yet. */
  resting(): string[] {
    const now = performance.now()
    return [...this.#pauses].filter(([, { until }]) => until > now).map(([topic]) => topic)
  }

  /**
   * Publishes letters and resolves with those that are safe. What follows a letter that is not, be it in a later call of
   * the same pass, stays behind: it would overtake it.
   */
  async publish(letters: readonly Letter[]): Promise<Letter[]> {
    const byTopic = Map.groupBy(letters, ({ topic }) => topic)
    const published = [...byTopic].map(([topic, ofTopic]) => this.#append(topic, ofTopic))
    return (await Promise.all(published)).flat()
  }

  async #append(topic: string, letters: Letter[]): Promise<Letter[]> {
    const open = letters.filter(({ message }) => !this.#isBlocked(topic, message.key))
    if (open.length === 0) return []
    try {
      await this.#topics.append(topic, messagesOf(open))
      this.#pauses.delete(topic)
      return open
    } catch (error) {
      this.#fails(`${topic}: ${(error as Error).message}`)
      if ((error as { retryable?: boolean }).retryable === false) return this.#appendApart(topic, open)
      this.#rest(topic)
      return []
    }
  }

  // One of them is refused for good. It holds up its own key, for whoever heals it, and nobody else's.
  async #appendApart(topic: string, letters: Letter[]): Promise<Letter[]> {
    const published: Letter[] = []
    for (const [key, ofKey] of Map.groupBy(letters, ({ message }) => message.key)) {
      try {
        await this.#topics.append(topic, messagesOf(ofKey))
        published.push(...ofKey)
      } catch (error) {
        this.#fails(`${topic}, ${key}: ${(error as Error).message}`)
        this.#blocked.add(placeOf(topic, key))
      }
    }
    // Where nothing passes, it is the topic and not a letter.
    if (published.length === 0) this.#rest(topic)
    return published
  }

  #rest(topic: string): void {
    const ms = Math.min(LONGEST_PAUSE_MS, (this.#pauses.get(topic)?.ms ?? FIRST_PAUSE_MS / 2) * 2)
    this.#pauses.set(topic, { ms, until: performance.now() + ms })
    this.#blocked.add(topic)
  }

  #isBlocked(topic: string, key: string): boolean {
    return this.#blocked.has(topic) || this.#blocked.has(placeOf(topic, key))
  }
}

const placeOf = (topic: string, key: string) => `${topic}\n${key}`
const messagesOf = (letters: readonly Letter[]) => letters.map(({ message }) => message)
