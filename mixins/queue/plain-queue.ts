type Entry = { id: string; priority: number; attempt: number }

/** A work queue as plain lists, without time: what the backends are compared with. */
export class PlainQueue {
  waiting: Entry[] = []
  running: Entry[] = []
  dead: Entry[] = []

  add(id: string, priority: number): 'added' | 'duplicate' {
    if ([...this.waiting, ...this.running].some((entry) => entry.id === id)) return 'duplicate'
    this.waiting.push({ id, priority, attempt: 0 })
    return 'added'
  }

  take(max: number): Entry[] {
    const taken = this.waiting.toSorted((a, b) => a.priority - b.priority).slice(0, max)
    this.waiting = this.waiting.filter((entry) => !taken.includes(entry))
    for (const entry of taken) entry.attempt++
    this.running.push(...taken)
    return taken
  }

  end(id: string, isBuried: boolean): void {
    const ended = this.running.find((entry) => entry.id === id)
    this.running = this.running.filter((entry) => entry !== ended)
    if (isBuried && ended) this.dead = [...this.dead.filter((entry) => entry.id !== id), ended]
  }

  remove(id: string): boolean {
    const size = this.waiting.length
    this.waiting = this.waiting.filter((entry) => entry.id !== id)
    return this.waiting.length < size
  }

  revive(id: string): boolean {
    const found = this.dead.find((entry) => entry.id === id)
    this.dead = this.dead.filter((entry) => entry !== found)
    if (found) this.add(id, found.priority)
    return found !== undefined
  }
}
