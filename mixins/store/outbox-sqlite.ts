import type { Database } from '../sqlite/database.ts'
import type { NewMessage } from '../topics/topics.ts'
import type { Letter } from './letters.ts'
import type { Delivered, Outbox, Outgoing, Parcel } from './outbox.ts'

const PAGE = 500

const sql = {
  place: 'insert into outbox(at, topic, message) values(?, ?, ?)',
  page: `select no, topic, message from outbox where no > ? and topic not in (select value from json_each(?))
    order by no limit ?`,
  settle: 'delete from outbox where no in (select value from json_each(?))',
  oldest: 'select at from outbox order by no limit 1',
}

type Row = { no: number; topic: string; message: string }
type NumberedLetter = Letter & { no: number }
type Page = Parcel & { letters: NumberedLetter[] }

const letterOf = ({ no, topic, message }: Row): NumberedLetter => ({ no, topic, message: JSON.parse(message) })

/** A table of the data file in which letters wait, in the order of their writes, for topics that live elsewhere. */
class SqliteOutbox implements Outbox, Outgoing<Page> {
  readonly #database: Database
  #hear: () => void = () => undefined

  constructor(database: Database) {
    this.#database = database
  }

  place(topic: string, messages: NewMessage[]): void {
    const at = Date.now()
    for (const message of messages) this.#database.run(sql.place, at, topic, JSON.stringify(message))
    // A write ends in the turn in which it began: whoever looks later sees it whole, or not at all.
    this.#hear()
  }

  listen(hear: () => void): void {
    this.#hear = hear
  }

  async *left(resting: readonly string[]): AsyncIterable<Page[]> {
    for (let last = 0, isWhole = true; isWhole; ) {
      const letters = this.#database.all<Row>(sql.page, last, JSON.stringify(resting), PAGE).map(letterOf)
      if (letters.length > 0) {
        // What leaves the file must be true after a power cut, whatever write it came with.
        await this.#database.flush()
        yield [{ origin: 'outbox', letters }]
      }
      last = letters.at(-1)?.no ?? 0
      isWhole = letters.length === PAGE
    }
  }

  // What a power cut brings back is published once more.
  async settle(delivered: readonly Delivered<Page>[]): Promise<Page[]> {
    const numbers = delivered.flatMap(({ published }) => published.map((letter) => (letter as NumberedLetter).no))
    await this.#database.write(() => this.#database.run(sql.settle, JSON.stringify(numbers)), { durable: false })
    return []
  }

  async oldest(): Promise<number | null> {
    return this.#database.get<{ at: number }>(sql.oldest)?.at ?? null
  }
}

/** The outbox of a data file whose topics live elsewhere; a relay empties it. */
export const sqliteOutbox = (database: Database): Outbox & Outgoing<Page> => new SqliteOutbox(database)
