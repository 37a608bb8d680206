import { setTimeout as sleep } from 'node:timers/promises'
import type { Streams } from '../../mixins/streams/streams.ts'

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2000

/**
 * Resolves when what an attempt has left is kept for good, or the attempt is no longer ours: its end is told after that, so
 * that nothing of an ended run can be lost. While it cannot be handed over it waits.
 */
export const handOver = async (streams: Streams, keys: string[], abandoned: AbortSignal): Promise<void> => {
  for (const key of keys) {
    for (let pause = FIRST_PAUSE_MS; !abandoned.aborted; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
      try {
        await streams.settle(key)
        break
      } catch {
        await sleep(pause)
      }
    }
  }
}
