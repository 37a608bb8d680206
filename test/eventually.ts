// Costs nothing while tests pass, and a machine may be busy.
const PATIENCE_MS = 60_000

/** Repeats an assertion until it holds; after the patience its last failure is the test's. */
export const eventually = async (assertion: () => unknown, patienceMs = PATIENCE_MS): Promise<void> => {
  const deadline = performance.now() + patienceMs
  // Seldom after a while: looking takes time from what is waited for.
  for (let restMs = 5; ; restMs = Math.min(25, restMs * 1.1)) {
    try {
      await assertion()
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, restMs))
    }
  }
}
