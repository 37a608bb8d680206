import { type Look, PLAIN } from './ansi.ts'

const MOST = 65_535

/** Gives every look a small number; the looks beyond a cap are plain, so that hostile output cannot fill the memory. */
export class LookTable {
  readonly #looks: Look[] = [PLAIN]
  readonly #numbers = new Map<string, number>([['0,-1,-1', 0]])

  put(look: Look): number {
    const key = `${look.flags},${look.fg},${look.bg}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    if (this.#looks.length >= MOST) return 0
    this.#numbers.set(key, this.#looks.length)
    return this.#looks.push(look) - 1
  }

  get(number: number): Look {
    return this.#looks[number] ?? PLAIN
  }
}
