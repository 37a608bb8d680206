import type { Execution, Plan } from './execution.ts'
import { lose } from './execution.ts'

/** What the life of a run does to the world outside its document. */
export type Effects = {
  /** Tells everybody who watches. The coordinator keeps a place, or frees the slot, upon it. */
  announce(execution: Execution): Promise<void>
  /** Puts the job of the present attempt into the queue of the workers. */
  enqueue(execution: Execution): Promise<void>
  /** Takes that job back. */
  withdraw(execution: Execution): Promise<void>
}

const RETOLD_MS = 15_000
const COMPILE_MS = 180_000
const GRACE_MS = 60_000

/** The saga of a run: reserve a slot, start on a worker, observe it to its end, release the slot. */
export const lifecycle = ({ announce, enqueue, withdraw }: Effects): Plan => {
  const plan: Plan = [
    { name: 'reserve', settles: 'news', perform: announce, compensate: announce, patienceMs: () => RETOLD_MS },
    {
      name: 'start',
      settles: 'news',
      perform: async (execution) => {
        await announce(execution)
        await enqueue(execution)
      },
      compensate: withdraw,
      patienceMs: () => RETOLD_MS,
    },
    {
      name: 'observe',
      settles: 'news',
      perform: announce,
      // The worker ends a run at its limits; silence far beyond them means that nobody runs it any more.
      patienceMs: ({ limits }) => limits.wallMs + COMPILE_MS + GRACE_MS,
      overdue: (execution, now) => lose(plan, execution, 'Its worker has reported nothing for too long.', now),
    },
    // The fact of the end frees the slot; telling it saves the coordinator the wait for it.
    { name: 'release', settles: 'news', perform: announce },
  ]
  return plan
}
