import type { ServiceBroker } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import type { NewJob, Reservation, WorkQueue } from '../../mixins/queue/queue.ts'
import { RUNS_QUEUE, startRunId } from '../runs/runs.jobs.ts'
import { type Execution, rankOf } from './execution.ts'

type Wanted = Pick<Execution, 'id' | 'attempt' | 'priority'>

/** The jobs upon which workers start runs: hints, one for each attempt, that may be placed and taken back at any time. */
export class StartJobs {
  readonly #broker: ServiceBroker
  readonly #early = new Map<string, Promise<unknown>>()

  constructor(broker: ServiceBroker) {
    this.#broker = broker
  }

  /**
   * A worker of this process for a new run, which is to be written in this turn; null where none is free, or a run and its
   * job are not one write.
   */
  reserve(): Reservation | null {
    return backendsOf(this.#broker).inOrder ? this.#queue.reserve() : null
  }

  /**
   * To be called right after the write of a new run was asked for, and before it is done: where writes are done in the
   * order of asking, both are one. Tells whether they are; else nothing is placed. A worker that finds no such run forgets
   * the job.
   */
  placeEarly(run: Wanted): boolean {
    if (!backendsOf(this.#broker).inOrder) return false
    const placed = this.#add(run)
    // Whoever places it in its turn hears what went wrong.
    placed.catch(() => undefined)
    this.#early.set(jobOf(run), placed)
    return true
  }

  /** Resolves when the job is in the queue; it may be there already. */
  async place(run: Wanted): Promise<void> {
    const early = this.#early.get(jobOf(run))
    this.#early.delete(jobOf(run))
    const isPlaced = await early?.then(
      () => true,
      () => false,
    )
    if (!isPlaced) await this.#add(run)
  }

  async withdraw(run: Wanted): Promise<void> {
    this.#early.delete(jobOf(run))
    await this.#queue.remove(jobOf(run))
  }

  async #add(run: Wanted): Promise<void> {
    await this.#queue.add(newJobOf(run))
  }

  get #queue(): WorkQueue {
    return backendsOf(this.#broker).queue(RUNS_QUEUE)
  }
}

/** The job of a run's present attempt, for the queue of the workers. */
export const newJobOf = (run: Wanted): NewJob => {
  const { id, attempt, priority } = run
  return { id: jobOf(run), payload: { executionId: id, attempt }, priority: rankOf(priority) }
}

const jobOf = ({ id, attempt }: Wanted): string => startRunId(id, attempt)
