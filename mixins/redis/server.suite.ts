import { eventually } from '../../test/eventually.ts'
import type { Log, RedisConnection } from './connection.ts'

export const quiet: Log = { info: () => undefined, warn: () => undefined }

/** Resolves when the server answers, with nothing in it. */
export const emptied = (redis: RedisConnection) => eventually(() => redis.do((client) => client.flushall()))
