import { constants } from 'node:os'
import { FAILED } from './failure.ts'
import type { Execution } from './wire.ts'

const TIMED_OUT = 124
const OUT_OF_MEMORY = 137
const CANCELLED = 130
const SIGNALLED = 128

/** What `greenroom run` ends with: the program's own code, or the one that stands for what ended it. */
export const exitCodeOf = ({ cause, exitCode, signal }: Pick<Execution, 'cause' | 'exitCode' | 'signal'>): number => {
  switch (cause) {
    case 'exit':
      return exitCode ?? FAILED
    case 'wall_timeout':
    case 'cpu_timeout':
      return TIMED_OUT
    case 'oom':
      return OUT_OF_MEMORY
    case 'cancelled':
      return CANCELLED
    case 'infrastructure':
    case null:
      return FAILED
    default:
      return ofSignal(signal) ?? (exitCode || 1)
  }
}

const ofSignal = (signal: string | null): number | null => {
  const number = constants.signals[signal as NodeJS.Signals]
  return number === undefined ? null : SIGNALLED + number
}
