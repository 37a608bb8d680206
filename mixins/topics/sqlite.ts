import { crc32 } from 'node:zlib'
import { topicNamed } from '../contract/topic.ts'
import { Bell } from '../sqlite/bell.ts'
import type { Database } from '../sqlite/database.ts'
import { Subscription } from './subscription.ts'
import type { Extent, Message, NewMessage, SubscribeOptions, Topics, Unsubscribe } from './topics.ts'

// Readers are told after a moment, so that one look serves all that came meanwhile; nobody waits for a fact.
const GATHER_MS = 40
const TRIMMED = 500
const TRIM_EVERY_MS = 3_600_000

const sql = {
  place: 'insert into topic_message values(?, ?, ?, ?, ?, ?, ?, ?, ?)',
  next: `insert into topic_head values(?, ?, ?) on conflict do update set next = next + excluded.next returning next`,
  end: 'select next from topic_head where topic = ? and partition = ?',
  width: 'select coalesce(max(partition) + 1, 0) as width from topic_head where topic = ?',
  read: `select * from topic_message where topic = ? and partition = ? and "offset" >= ? order by "offset" limit ?`,
  extent: `select h.partition, h.next, coalesce((select min("offset") from topic_message m where m.topic = h.topic
    and m.partition = h.partition), h.next) as first from topic_head h where h.topic = ? order by h.partition`,
  position: `select next from topic_position where "group" = ? and topic = ? and partition = ?`,
  advance: `insert into topic_position values(?, ?, ?, ?) on conflict do update set next = max(next, excluded.next)`,
  // What was trimmed before a new group came is not waiting for it.
  lag: `select coalesce(sum(h.next - max(coalesce(p.next, 0), coalesce(
      (select min("offset") from topic_message m where m.topic = h.topic and m.partition = h.partition), h.next))), 0) as lag
    from topic_head h left join topic_position p on p.topic = h.topic and p.partition = h.partition and p."group" = ?
    where h.topic = ?`,
  // The first that some group has yet to see; nothing when no group has ever read the topic.
  floor: `select min(coalesce(p.next, 0)) as floor from (select distinct "group" from topic_position where topic = ?) g
    left join topic_position p on p."group" = g."group" and p.topic = ? and p.partition = ?`,
  trim: `delete from topic_message where topic = ? and partition = ? and "offset" < ? and at < ? and "offset" in (
    select "offset" from topic_message where topic = ? and partition = ? order by "offset" limit ?)`,
}

type StoredMessage = Omit<Message, 'headers' | 'payload'> & { headers: string; payload: string }

const revived = ({ headers, payload, ...rest }: StoredMessage): Message => ({
  ...rest,
  headers: JSON.parse(headers),
  payload: JSON.parse(payload),
})

const placeName = (topic: string, partition: number) => `${topic}\n${partition}`

/** Durable topics in the data file; messages can be placed within a write of the same file (see Outbox). */
export class SqliteTopics implements Topics {
  readonly #database: Database
  readonly #bell = new Bell()
  readonly #widths = new Map<string, number>()
  readonly #trimmed = new Map<string, number>()
  readonly #claims = new Set<string>()
  readonly #news = new Map<string, Set<number>>()
  /** Where each partition ends at the latest: nobody else writes to the file, and what was placed may be undone. */
  readonly #ends = new Map<string, number>()

  constructor(database: Database) {
    this.#database = database
  }

  async append(topic: string, messages: NewMessage[]): Promise<void> {
    if (messages.length > 0) await this.#database.write(() => this.place(topic, messages))
  }

  /** Appends within a write that is under way: the messages are kept if and only if that write is. */
  place(topic: string, messages: NewMessage[]): void {
    const at = Date.now()
    const partitions = this.#partitions(topic)
    for (const [partition, group] of Map.groupBy(messages, ({ key }) => crc32(key) % partitions)) {
      const { next = 0 } = this.#database.get<{ next: number }>(sql.next, topic, partition, group.length) ?? {}
      for (const [index, { id, key, type, headers, payload }] of group.entries()) {
        const body = [JSON.stringify(headers), JSON.stringify(payload ?? null)] as const
        this.#database.run(sql.place, topic, partition, next - group.length + index, at, id, key, type, ...body)
      }
      this.#ends.set(placeName(topic, partition), next)
      this.#tell(topic, partition)
    }
  }

  #tell(topic: string, partition: number): void {
    if (this.#news.size === 0) setTimeout(() => this.#announce(), GATHER_MS).unref()
    const grown = this.#news.get(topic) ?? new Set()
    this.#news.set(topic, grown.add(partition))
  }

  #announce(): void {
    const news = [...this.#news]
    this.#news.clear()
    for (const [topic, grown] of news) {
      for (const partition of grown) this.#bell.ring(placeName(topic, partition))
      this.#forget(topic)
    }
  }

  async subscribe(
    topic: string,
    group: string,
    handler: (batch: Message[]) => Promise<void>,
    { window = 0 }: SubscribeOptions = {},
  ): Promise<Unsubscribe> {
    const partitions = this.#partitions(topic)
    const subscription = new Subscription({
      name: `${topic}\n${group}`,
      partitions,
      window,
      handler,
      claims: this.#claims,
      position: (partition) => this.#position(group, topic, partition),
      read: (partition, from, max) =>
        from < this.#end(topic, partition) ? this.#read(topic, partition, from, max) : [],
      advance: (partition, next) => this.#advance(group, topic, partition, next),
    })
    const silences = Array.from({ length: partitions }, (_, partition) =>
      this.#bell.listen(placeName(topic, partition), () => subscription.wakeOne(partition)),
    )
    subscription.wake()
    return () => {
      for (const silence of silences) silence()
      return subscription.end()
    }
  }

  async read(topic: string, partition: number, from: number, max: number): Promise<Message[]> {
    const messages = this.#read(topic, partition, from, max)
    await this.#database.flush()
    return messages
  }

  async extent(topic: string): Promise<Extent[]> {
    const extents = this.#database.all<Extent>(sql.extent, topic)
    await this.#database.flush()
    return extents
  }

  async lag(topic: string, group: string): Promise<number> {
    return this.#database.get<{ lag: number }>(sql.lag, group, topic)?.lag ?? 0
  }

  /** Forgets messages older than this that every group of the topic has seen; returns how many. */
  async trim(topic: string, olderThanMs: number): Promise<number> {
    const before = Date.now() - olderThanMs
    let trimmed = 0
    for (let partition = 0; partition < this.#partitions(topic); partition++) {
      for (let gone = TRIMMED; gone === TRIMMED; trimmed += gone) {
        gone = await this.#database.write(() => this.#trim(topic, partition, before), { durable: false })
      }
    }
    return trimmed
  }

  #trim(topic: string, partition: number, before: number): number {
    const floor = this.#database.get<{ floor: number | null }>(sql.floor, topic, topic, partition)?.floor
    const end = floor ?? Number.MAX_SAFE_INTEGER
    return this.#database.run(sql.trim, topic, partition, end, before, topic, partition, TRIMMED)
  }

  /** Every now and then, when a topic grows anyway. */
  #forget(topic: string): void {
    const now = Date.now()
    const { retentionMs } = topicNamed(topic)
    if (retentionMs === null || now - (this.#trimmed.get(topic) ?? 0) < TRIM_EVERY_MS) return
    this.#trimmed.set(topic, now)
    // Whatever is in the way now, the next time will do.
    this.trim(topic, retentionMs).catch(() => this.#trimmed.delete(topic))
  }

  /** As many as were declared, or more where more were when the topic came to be: nothing is left where nobody looks. */
  #partitions(topic: string): number {
    const known = this.#widths.get(topic)
    if (known !== undefined) return known
    const { width = 0 } = this.#database.get<{ width: number }>(sql.width, topic) ?? {}
    const partitions = Math.max(topicNamed(topic).partitions, width)
    this.#widths.set(topic, partitions)
    return partitions
  }

  #end(topic: string, partition: number): number {
    const place = placeName(topic, partition)
    const end = this.#ends.get(place) ?? this.#database.get<{ next: number }>(sql.end, topic, partition)?.next ?? 0
    this.#ends.set(place, end)
    return end
  }

  #read(topic: string, partition: number, from: number, max: number): Message[] {
    return this.#database.all<StoredMessage>(sql.read, topic, partition, from, max).map(revived)
  }

  #position(group: string, topic: string, partition: number): number {
    return this.#database.get<{ next: number }>(sql.position, group, topic, partition)?.next ?? 0
  }

  // A position lost in a power cut only means that messages are seen again.
  #advance(group: string, topic: string, partition: number, next: number): Promise<unknown> {
    return this.#database.write(() => this.#database.run(sql.advance, group, topic, partition, next), {
      durable: false,
    })
  }
}

/** Durable topics in the data file; what is older than a topic's retention and seen by every group is forgotten. */
export const sqliteTopics = (database: Database): SqliteTopics => new SqliteTopics(database)
