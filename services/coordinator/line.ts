import { PRIORITIES, type Priority, type State } from '../executions/execution.schema.ts'

/** What the line knows of a run. */
export type News = {
  executionId: string
  rev: number
  state: State
  user: string
  priority: Priority
  createdAt: string
}

type Place = { id: string; rev: number; user: string; rank: number; since: number; keptUntil: number }

/** How the line is served. */
export type Rules = {
  /** How many runs may hold a slot at once. */
  slots: number
  /** How many of one user's runs may hold a slot at once. */
  userSlots: number
  /** Waiting this long lifts a run by one priority. */
  agingMs: number
}

/** How long an admitted run may take to be accepted before its place is given away. */
const ADMISSION_MS = 10_000
const REMEMBERED = 20_000

/**
 * The line of runs that wait and the slots that are held: what the coordinator remembers. It follows news of any order
 * and number: what is older than what it knows has no effect.
 */
export class Line {
  readonly #waiting = new Map<string, Place>()
  readonly #holding = new Map<string, Place>()
  readonly #ended = new Map<string, number>()
  readonly #held = new Map<string, number>()

  get length(): number {
    return this.#waiting.size
  }
  get holding(): number {
    return this.#holding.size
  }

  /** Keeps a place for a run that is about to be accepted: a slot where one is free that nobody waits for; tells whether it is one. */
  admit(id: string, user: string, priority: Priority, rules: Rules, now: number): boolean {
    // Asked twice because the first answer was lost: what has become of it meanwhile stays.
    if (this.#revOf(id) >= 0) return this.#holding.has(id)
    const place = { id, rev: 0, user, rank: PRIORITIES.indexOf(priority), since: now, keptUntil: now + ADMISSION_MS }
    const hasSlot = this.#isFree(rules) && this.#mayHold(user, rules) && !this.#isAwaited(rules)
    if (hasSlot) this.#hold(place)
    else this.#waiting.set(id, place)
    return hasSlot
  }

  /** The run was not accepted after all; one that was keeps its place. */
  dismiss(id: string): void {
    const place = this.#waiting.get(id) ?? this.#holding.get(id)
    if (place?.rev === 0) this.#leave(id)
  }

  apply(news: News): void {
    const { executionId: id, rev, state } = news
    if (rev <= this.#revOf(id)) return
    const since = Date.parse(news.createdAt)
    const place = { id, rev, user: news.user, rank: PRIORITIES.indexOf(news.priority), since, keptUntil: Infinity }
    this.#leave(id)
    if (state === 'queued') this.#waiting.set(id, place)
    else if (state === 'scheduled' || state === 'running') this.#hold(place)
    else this.#remember(id, rev)
  }

  /** Takes the run that goes next and gives it a slot; null when none may go. */
  next(rules: Rules, now: number): string | null {
    if (!this.#isFree(rules)) return null
    let best: Place | null = null
    for (const place of this.#waiting.values()) {
      if (place.rev === 0 || !this.#mayHold(place.user, rules)) continue
      if (!best || this.#before(place, best, rules, now)) best = place
    }
    if (!best) return null
    this.#leave(best.id)
    this.#hold(best)
    return best.id
  }

  /** The run could not be given its slot after all: it waits again, or is forgotten because it waits no more. */
  giveBack(id: string, waitsStill: boolean): void {
    const place = this.#holding.get(id)
    if (!place) return
    this.#leave(id)
    if (waitsStill) this.#waiting.set(id, place)
  }

  /** Every run that holds a slot, with the revision that is known of it. */
  held(): { id: string; rev: number }[] {
    return [...this.#holding.values()].map(({ id, rev }) => ({ id, rev }))
  }

  /** Gives away places whose run was never accepted. */
  expire(now: number): void {
    for (const place of [...this.#waiting.values(), ...this.#holding.values()])
      if (place.keptUntil < now) this.#leave(place.id)
  }

  /** Waiting runs in the order in which they go, with the number of each. */
  order(rules: Rules, now: number): { id: string; user: string; rank: number; since: number; position: number }[] {
    const places = [...this.#waiting.values()].filter((place) => place.rev > 0)
    places.sort((a, b) => (this.#before(a, b, rules, now) ? -1 : 1))
    return places.map((place, index) => ({ ...place, position: index + 1 }))
  }

  /** How many go before this run, and what it waits for; null when it does not wait. */
  explain(id: string, rules: Rules, now: number): { ahead: number; user: string; held: number } | null {
    const own = this.#waiting.get(id)
    if (!own) return null
    let ahead = 0
    for (const place of this.#waiting.values()) {
      if (place !== own && place.rev > 0 && this.#before(place, own, rules, now)) ahead++
    }
    return { ahead, user: own.user, held: this.#heldBy(own.user) }
  }

  // Urgent first, each wait of `agingMs` counting as one priority; then whoever holds fewer slots; then by arrival.
  #before(a: Place, b: Place, { agingMs }: Rules, now: number): boolean {
    const urgency = aged(a, agingMs, now) - aged(b, agingMs, now)
    if (urgency !== 0) return urgency < 0
    const share = this.#heldBy(a.user) - this.#heldBy(b.user)
    if (share !== 0) return share < 0
    return a.since === b.since ? a.id < b.id : a.since < b.since
  }

  #revOf(id: string): number {
    return this.#waiting.get(id)?.rev ?? this.#holding.get(id)?.rev ?? this.#ended.get(id) ?? -1
  }

  #isFree({ slots }: Rules): boolean {
    return this.#holding.size < slots
  }

  #mayHold(user: string, { userSlots }: Rules): boolean {
    return this.#heldBy(user) < userSlots
  }

  // Those who are on their way into the line have come first, too.
  #isAwaited(rules: Rules): boolean {
    return this.#waiting.values().some(({ user }) => this.#mayHold(user, rules))
  }

  #heldBy(user: string): number {
    return this.#held.get(user) ?? 0
  }

  #hold(place: Place): void {
    this.#holding.set(place.id, place)
    this.#held.set(place.user, this.#heldBy(place.user) + 1)
  }

  #leave(id: string): void {
    this.#waiting.delete(id)
    const place = this.#holding.get(id)
    if (!place) return
    this.#holding.delete(id)
    const left = this.#heldBy(place.user) - 1
    if (left > 0) this.#held.set(place.user, left)
    else this.#held.delete(place.user)
  }

  #remember(id: string, rev: number): void {
    this.#ended.set(id, rev)
    if (this.#ended.size <= REMEMBERED) return
    for (const oldest of this.#ended.keys()) {
      this.#ended.delete(oldest)
      break
    }
  }
}

const aged = (place: Place, agingMs: number, now: number) =>
  Math.max(0, place.rank - Math.floor(Math.max(0, now - place.since) / agingMs))
