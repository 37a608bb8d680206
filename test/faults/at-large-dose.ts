import { dose } from '../dose.ts'
import { describeOn } from '../servers/describe-on.ts'

/** A suite on real servers that takes its time: run by hand with DOSE=2 and more, and skipped by name otherwise. */
export const atLargeDose =
  (...servers: Parameters<typeof describeOn>) =>
  (title: string, suite: () => void): void => {
    if (dose > 1) describeOn(...servers)(title, suite)
    else describe.skip(`${title} (at a large dose only: DOSE=2)`, suite)
  }
