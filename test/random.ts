export type Random = { below(n: number): number; pick<T>(values: readonly T[]): T; chance(share: number): boolean }

/** Numbers that depend on nothing but the seed (mulberry32). */
export const randomOf = (seed: number): Random => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number) => Math.floor(next() * n)
  return { below, pick: (values) => values[below(values.length)]!, chance: (share) => next() < share }
}

/** Runs a random test; when it fails, its message names the seed that repeats it. */
export const seeded = async (run: (random: Random) => Promise<void>, seed = Date.now() % 2 ** 32): Promise<void> => {
  try {
    await run(randomOf(seed))
  } catch (error) {
    if (error instanceof Error) error.message += `\n(seed ${seed})`
    throw error
  }
}
