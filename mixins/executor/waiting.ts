import type { Outcome, Running } from './executor.ts'
import type { Input } from './input.ts'
import type { Slots } from './slots.ts'

const nothing = { wallMs: 0, cpuUserMs: 0, cpuSystemMs: 0, memoryPeakBytes: 0, processesPeak: 0 }

const unstarted = (ending: Outcome['ending']): Outcome => ({
  ending,
  exitCode: null,
  signal: null,
  usage: nothing,
  truncated: { stdout: false, stderr: false },
})

const fault = (message: string): Outcome => unstarted({ cause: 'infrastructure', message })

/** A program that is not even tried. */
export const refused = (message: string): Running => ({
  write: async () => {},
  closeStdin: () => {},
  cancel: () => {},
  ended: Promise.resolve(fault(message)),
})

/** A program that has its sandbox. */
export type Begun = { input: Input; stop(): void; outcome: Promise<Outcome> }

/** A program that waits for its place and then runs; input and cancellation work from the first moment. */
export const whenFree = (slots: Slots, begin: () => Promise<Begun>): Running => {
  const begun = Promise.withResolvers<Begun | null>()
  const given = Promise.withResolvers<null>()
  let cancelled = false
  let current: Begun | null = null

  const go = async (): Promise<Outcome> => {
    if (cancelled) return unstarted({ cause: 'cancelled' })
    current = await begin()
    if (cancelled) current.stop()
    begun.resolve(current)
    return await current.outcome
  }
  const wait = async (): Promise<Outcome> => {
    const taken = slots.take()
    const slot = await Promise.race([taken, given.promise])
    if (slot === null) {
      void taken.then(slots.release)
      return unstarted({ cause: 'cancelled' })
    }
    try {
      return await go()
    } catch (error) {
      return fault((error as Error).message)
    } finally {
      slots.release(slot)
    }
  }

  return {
    write: async (bytes) => (await begun.promise)?.input.write(bytes),
    closeStdin: () => void begun.promise.then((run) => run?.input.close()),
    cancel: () => {
      cancelled = true
      given.resolve(null)
      current?.stop()
    },
    ended: wait().finally(() => begun.resolve(null)),
  }
}
