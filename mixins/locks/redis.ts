import type { RedisConnection } from '../redis/connection.ts'
import { scriptsIn } from '../redis/scripts.ts'
import type { Holder, Lease, Locks } from './locks.ts'

const scripts = scriptsIn(new URL('./redis/', import.meta.url), 'lease', ['acquire', 'renew', 'release'])

class RedisLease implements Lease {
  readonly #redis: RedisConnection
  readonly #key: string

  constructor(redis: RedisConnection, name: string) {
    this.#redis = redis
    this.#key = `greenroom:lease:{${name}}`
  }

  async acquire(holder: string, forMs: number): Promise<number | null> {
    return (await this.#redis.run(scripts.acquire, this.#key, holder, forMs)) as number | null
  }

  async renew(token: number, forMs: number): Promise<boolean> {
    return (await this.#redis.run(scripts.renew, this.#key, token, forMs)) === 1
  }

  async release(token: number): Promise<boolean> {
    return (await this.#redis.run(scripts.release, this.#key, token)) === 1
  }

  async current(): Promise<Holder | null> {
    const [holder, token] = await this.#redis.do((client) => client.hmget(this.#key, 'holder', 'token'))
    return holder && token ? { holder, token: Number(token) } : null
  }
}

/**
 * Leases on a Redis server, by its clock. A server that has lost its memory gives a lease to the next who asks, while its
 * holder learns of it when it renews: until then the token tells them apart.
 */
export const redisLocks = (redis: RedisConnection): Locks => {
  redis.define(Object.values(scripts))
  return { lease: (name) => new RedisLease(redis, name) }
}
