import type { Document, Documents } from '../store/documents.ts'
import type { Message, Topics } from './topics.ts'

// So often a process may die over a message before the message is to blame.
const DEATHS = 2
const NOWHERE = -1

/**
 * Stands while a process works on a partition for a group: still there at the next start, it tells of a sudden end, of
 * the offset that was being handled, and of how many have died at which.
 */
type Marker = Document & { at: number; deaths: Record<string, number> }

const COLLECTION = 'deliveries'

const withOneMore = ({ at, deaths }: Marker) => ({ ...deaths, [at]: (deaths[at] ?? 0) + 1 })

type Partition = { marker: Marker; until: number }

/**
 * Finds the message that kills the process that handles it.
 *
 * Promises: after a process has ended without taking leave, the messages that it may have been at are handled one at a
 * time, each noted before; one over which a process has died twice again is given up, and the others go on. What was
 * appended since is none of them. It costs a write per partition at the start, and none in the ordinary course.
 */
export class Caution {
  readonly #store: Documents
  readonly #topics: Pick<Topics, 'extent'>
  readonly #group: string
  readonly #window: number
  readonly #partitions = new Map<string, Partition>()
  readonly #loading = new Map<string, Promise<Partition>>()
  // One at a time in all partitions: whoever dies then dies over one message.
  #turn: Promise<unknown> = Promise.resolve()

  constructor(store: Documents, topics: Pick<Topics, 'extent'>, group: string, window: number) {
    this.#store = store
    this.#topics = topics
    this.#group = group
    this.#window = window
  }

  /** Calls `handle`, or `giveUp` with how many processes have died over the message. Rejects when nothing could be noted. */
  async run(message: Message, handle: () => Promise<void>, giveUp: (deaths: number) => Promise<void>): Promise<void> {
    const partition = await this.#partition(message)
    if (message.offset >= partition.until) return handle()
    const turn = this.#turn.then(() => this.#carefully(partition, message, handle, giveUp))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** Takes leave: what follows is no sudden end. */
  async end(): Promise<void> {
    for (const { marker } of this.#partitions.values()) await this.#remove(marker.id)
    this.#partitions.clear()
  }

  // Another member of the group may have written to it meanwhile.
  async #remove(id: string): Promise<void> {
    const left = await this.#store.get<Marker>(COLLECTION, id)
    if (left && !(await this.#store.remove(COLLECTION, id, left.rev, []))) await this.#remove(id)
  }

  async #carefully(
    partition: Partition,
    { offset }: Message,
    handle: () => Promise<void>,
    giveUp: (deaths: number) => Promise<void>,
  ): Promise<void> {
    const deaths = partition.marker.deaths[offset] ?? 0
    if (deaths >= DEATHS) return giveUp(deaths + 1)
    await this.#note(partition, { at: offset })
    await handle()
    await this.#note(partition, { at: NOWHERE })
  }

  async #note(partition: Partition, place: Partial<Pick<Marker, 'at' | 'deaths'>>): Promise<void> {
    const { marker } = partition
    const noted = { ...marker, ...place, rev: marker.rev + 1 }
    if (!(await this.#store.replace(COLLECTION, noted, [], { durable: false }))) {
      // Somebody else has had the partition in between.
      partition.marker = (await this.#store.get<Marker>(COLLECTION, marker.id)) ?? (await this.#first(marker.id))
      return this.#note(partition, place)
    }
    partition.marker = noted
  }

  #partition(message: Message): Promise<Partition> {
    const id = `${this.#group} ${message.topic} ${message.partition}`
    const known = this.#partitions.get(id)
    if (known) return Promise.resolve(known)
    const loading = this.#loading.get(id) ?? this.#load(id, message).finally(() => this.#loading.delete(id))
    this.#loading.set(id, loading)
    return loading
  }

  async #load(id: string, message: Message): Promise<Partition> {
    await this.#store.declare({ name: COLLECTION })
    const left = await this.#store.get<Marker>(COLLECTION, id)
    const marker = left ?? (await this.#first(id))
    const partition = { marker, until: left ? await this.#until(message) : 0 }
    if (marker.at !== NOWHERE) await this.#note(partition, { at: NOWHERE, deaths: withOneMore(marker) })
    this.#partitions.set(id, partition)
    return partition
  }

  /** The end of what may have been under way: as much as may be at once, as far as it is there. */
  async #until({ topic, partition, offset }: Message): Promise<number> {
    const end = (await this.#topics.extent(topic)).find((one) => one.partition === partition)?.next ?? 0
    return Math.min(offset + this.#window, end)
  }

  async #first(id: string): Promise<Marker> {
    const marker: Marker = { id, rev: 1, at: NOWHERE, deaths: {} }
    await this.#store.insert(COLLECTION, marker, [])
    return marker
  }
}
