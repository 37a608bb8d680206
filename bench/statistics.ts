/** The value below which a share of all values lies, by nearest rank. */
export const quantile = (values: number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN
}

export type Sample = { p50: number; p99: number; perSecond: number; count: number }

/** What a series of timings (ms) says; `elapsedMs` is how long the whole series took. */
export const summarise = (timings: number[], elapsedMs: number): Sample => ({
  p50: quantile(timings, 0.5),
  p99: quantile(timings, 0.99),
  perSecond: (timings.length / elapsedMs) * 1000,
  count: timings.length,
})

/** Runs `one` so many times, `concurrency` at once, `pauseMs` apart; resolves with every timing and the time it all took. */
export const measure = async (
  one: () => Promise<unknown>,
  { count, concurrency, pauseMs = 0 }: { count: number; concurrency: number; pauseMs?: number },
): Promise<{ timings: number[]; elapsedMs: number }> => {
  const timings: number[] = []
  let left = count
  const begun = performance.now()
  const lane = async () => {
    while (left-- > 0) {
      const start = performance.now()
      await one()
      timings.push(performance.now() - start)
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  return { timings, elapsedMs: performance.now() - begun }
}
