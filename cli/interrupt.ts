const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const LEAVE_AT_ONCE = 130

/**
 * Calls back when somebody wants us to stop, once; wanting it again leaves at once. The function that comes back ends
 * the listening.
 */
export const onInterrupt = (stop: () => void): (() => void) => {
  let asked = false
  const hear = () => {
    if (asked) process.exit(LEAVE_AT_ONCE)
    asked = true
    stop()
  }
  for (const signal of SIGNALS) process.on(signal, hear)
  return () => {
    for (const signal of SIGNALS) process.off(signal, hear)
  }
}
