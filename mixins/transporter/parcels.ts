import { randomUUID } from 'node:crypto'
import type { RedisConnection } from '../redis/connection.ts'

/** Holds bytes that are too many for a message until the receiver of the message fetches them. */
export type Parcels = {
  /** Resolves with the key under which they can be fetched for a while. */
  leave(bytes: Buffer): Promise<string>
  /** The bytes, once; null when nobody has left them or they were fetched. */
  fetch(key: string): Promise<Buffer | null>
}

/** Longer than any call lasts; what nobody fetches goes by itself. */
const KEPT_S = 60

export const redisParcels = (redis: RedisConnection): Parcels => ({
  async leave(bytes) {
    const key = `greenroom:parcel:${randomUUID()}`
    await redis.do((client) => client.set(key, bytes, 'EX', KEPT_S))
    return key
  },
  fetch: (key) => redis.do((client) => client.getdelBuffer(key)),
})
