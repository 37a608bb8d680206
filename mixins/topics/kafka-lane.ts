import { bytesOf, type NewRecord } from './kafka-record.ts'

const MOST_RECORDS = 2000
/** Less than what a topic takes in one batch. One record alone may be larger. */
const MOST_BYTES = 500_000

type Parcel = { records: NewRecord[]; bytes: number; done: () => void; failed: (error: unknown) => void }

/**
 * The way to one partition: one batch is under way at a time, and what comes meanwhile goes together in the next.
 * When a batch fails, all that waits behind it fails too: it must not overtake what its writer may send again.
 */
export class KafkaLane {
  readonly #send: (batch: NewRecord[]) => Promise<void>
  #waiting: Parcel[] = []
  #running: Promise<void> | undefined

  constructor(send: (batch: NewRecord[]) => Promise<void>) {
    this.#send = send
  }

  async push(records: NewRecord[]): Promise<void> {
    const sent = parcelsOf(records).map((parcel) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      this.#waiting.push({ ...parcel, done: resolve, failed: reject })
      return promise
    })
    this.#running ??= this.#run()
    await Promise.all(sent)
  }

  /** Resolves when nothing is under way any more. */
  async end(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // What is pushed in the same turn goes together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#take()
      try {
        await this.#send(batch.flatMap(({ records }) => records))
        for (const { done } of batch) done()
      } catch (error) {
        for (const { failed } of [...batch, ...this.#waiting.splice(0)]) failed(error)
      }
    }
    this.#running = undefined
  }

  #take(): Parcel[] {
    let bytes = 0
    let records = 0
    const end = this.#waiting.findIndex((parcel, index) => {
      bytes += parcel.bytes
      records += parcel.records.length
      return index > 0 && (bytes > MOST_BYTES || records > MOST_RECORDS)
    })
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end)
  }
}

/** Records in their order, cut so that each part fits into a batch. */
const parcelsOf = (records: NewRecord[]): Pick<Parcel, 'records' | 'bytes'>[] => {
  const parcels: Pick<Parcel, 'records' | 'bytes'>[] = []
  for (const record of records) {
    const bytes = bytesOf(record)
    const last = parcels.at(-1)
    if (last && last.bytes + bytes <= MOST_BYTES && last.records.length < MOST_RECORDS) {
      last.records.push(record)
      last.bytes += bytes
    } else parcels.push({ records: [record], bytes })
  }
  return parcels
}
