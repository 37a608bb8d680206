import type { ServiceBroker } from 'moleculer'
import type { Executor } from './executor/executor.ts'
import type { Locks } from './locks/locks.ts'
import type { WorkQueue } from './queue/queue.ts'
import type { Settings } from './settings.ts'
import type { Documents } from './store/documents.ts'
import type { Streams } from './streams/streams.ts'
import type { Topics } from './topics/topics.ts'

/** Whether a server that this node needs serves it, and the sentence that says why not. */
export type Health = {
  name: string
  ok: boolean
  detail: string
  /** Runs are accepted and come to their end without it, for a while. */
  spare?: boolean
}

/** Everything a service may stand on besides other actors. A profile is nothing but a choice of these. */
export type Backends = {
  topics: Topics
  queue: (name: string) => WorkQueue
  store: Documents
  streams: Streams
  locks: Locks
  executor: Executor
  settings: Settings
  /**
   * Whether all of these that keep something do what is asked of them in the order of asking, and all of it or only the
   * first part: then what follows from a write can be asked for before that is done.
   */
  inOrder: boolean
  /** The state of every server that is attached; none where everything is in this process. */
  health(): Health[]
  /** Closes everything, after the last service has stopped. */
  close(): Promise<void>
}

const attached = new WeakMap<ServiceBroker, Backends>()

/** Gives a broker its backends; called once, by the composition root. */
export const attach = (broker: ServiceBroker, backends: Backends): void => {
  attached.set(broker, backends)
}

export const backendsOf = (broker: ServiceBroker): Backends => {
  const backends = attached.get(broker)
  if (!backends) throw new TypeError('No backends are attached to this broker.')
  return backends
}
