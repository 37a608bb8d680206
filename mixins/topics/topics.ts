/** A message before the log has given it a place. `id` identifies it for ever: consumers drop what they have seen. */
export type NewMessage = {
  id: string
  key: string
  /** Name of the contract that the payload follows, e.g. `executions.ended`. */
  type: string
  headers: Record<string, string>
  payload: unknown
}

export type Message = NewMessage & {
  topic: string
  partition: number
  offset: number
  at: number
  /** The payload as its writer sent it, where the log keeps bytes that anybody may have written. */
  bytes?: Uint8Array
  /** Why nobody can read the payload, which is null then. */
  fault?: string
}

export type SubscribeOptions = {
  /** How many messages of one partition may be under way at once, in several batches; by default one batch. */
  window?: number
}

/** What can be read of a partition: the first offset that is kept, and the one that the next message will get. */
export type Extent = { partition: number; first: number; next: number }

/** Ends a subscription; resolves when no handler of it runs any more. */
export type Unsubscribe = () => Promise<void>

/**
 * Durable topics: an append-only log per topic and partition.
 *
 * Promises: a resolved `append` survives a crash of any process; messages of one key keep their order; every
 * group sees every message at least once, from the beginning of the topic when it is new; a batch counts as seen
 * only when its handler has resolved.
 */
export interface Topics {
  append(topic: string, messages: NewMessage[]): Promise<void>
  /**
   * Hands batches of one partition, one at a time, to the handler; a rejected batch is delivered again after a pause.
   * With a window the next batches come before the first is over, and a rejected one again beside them: then the
   * handler keeps the order per key itself, and a position moves only over batches that are over.
   */
  subscribe(
    topic: string,
    group: string,
    handler: (batch: Message[]) => Promise<void>,
    options?: SubscribeOptions,
  ): Promise<Unsubscribe>
  /** Up to `max` messages of a partition from an offset on, for browsing; changes no group's position. */
  read(topic: string, partition: number, from: number, max: number): Promise<Message[]>
  /** Every partition that has ever held a message, in order; none for a topic that does not exist. */
  extent(topic: string): Promise<Extent[]>
  /** How many messages a group has not yet seen. */
  lag(topic: string, group: string): Promise<number>
}
