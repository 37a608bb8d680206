export type Tally = { passed: number; failed: number; skipped: number }

type Report = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  numRuntimeErrorTestSuites: number
  success: boolean
}

/**
 * What a Jest report amounts to. A suite that could not even be loaded counts as failed, and so does a run without any
 * test, or one that Jest itself calls a failure for a reason that no test shows.
 */
export const tallyOf = (report: string, exitCode: number | null): Tally => {
  const found = JSON.parse(report) as Report
  const failed = found.numFailedTests + found.numRuntimeErrorTestSuites
  const isHidden = failed === 0 && (exitCode !== 0 || !found.success || found.numPassedTests === 0)
  return {
    passed: found.numPassedTests,
    failed: isHidden ? 1 : failed,
    skipped: found.numPendingTests + found.numTodoTests,
  }
}

export const addUp = (tallies: Tally[]): Tally =>
  tallies.reduce((sum, { passed, failed, skipped }) => ({
    passed: sum.passed + passed,
    failed: sum.failed + failed,
    skipped: sum.skipped + skipped,
  }))

/** The line that machines look for. */
export const lastLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`
