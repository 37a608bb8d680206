import { join } from 'node:path'
import type { Backends, Health } from '../mixins/backends.ts'
import { inProcessLocks } from '../mixins/locks/in-process.ts'
import { sqliteQueues } from '../mixins/queue/sqlite.ts'
import type { RedisConnection } from '../mixins/redis/connection.ts'
import { type Database, openDatabase } from '../mixins/sqlite/database.ts'
import type { Documents } from '../mixins/store/documents.ts'
import { sqliteOutbox } from '../mixins/store/outbox-sqlite.ts'
import { Relay } from '../mixins/store/relay.ts'
import { sqliteDocuments } from '../mixins/store/sqlite.ts'
import { sqliteStreams } from '../mixins/streams/sqlite.ts'
import { sqliteTopics } from '../mixins/topics/sqlite.ts'
import type { Topics } from '../mixins/topics/topics.ts'
import type { Env } from './env.ts'
import type { Log } from './log.ts'

/** The backends that keep something, and those that coordinate nodes. */
export type Data = Pick<Backends, 'topics' | 'queue' | 'store' | 'streams' | 'locks' | 'health' | 'inOrder'> & {
  redis: RedisConnection | null
  close(): Promise<void>
}

type State = { ok: boolean; message: string; spare?: boolean }
/** What was opened on the way: its state, and how it is closed, the last one first. */
type Part = { name?: string; health?: () => State; close: () => Promise<void> }

/**
 * Each capability on the server that its setting names, or in the data file where there is none. A server that does not
 * answer keeps nobody waiting: `health` tells, and calls fail as ones to repeat until it does. A client is loaded only
 * where it is needed.
 */
export const openData = async (env: Env, logger: Log): Promise<Data> => {
  const parts: Part[] = []
  const file = fileOf(env, parts)
  const topics = env.kafkaBrokers === null ? sqliteTopics(file()) : await kafka(env.kafkaBrokers, logger, parts)
  const store = await storeOf(env, file, topics, logger, parts)
  const redis = env.redisUrl === null ? null : await connection(env.redisUrl, logger, parts)
  const shared = redis ? await onRedis(redis, store) : inFile(file(), env.mongodbUrl === null)
  return {
    topics,
    store,
    ...shared,
    redis,
    inOrder: env.mongodbUrl === null && env.redisUrl === null,
    health: () => parts.flatMap(stateOf),
    async close() {
      for (const part of parts.toReversed()) await part.close()
    },
  }
}

const stateOf = ({ name, health }: Part): Health[] => {
  if (!name || !health) return []
  const { ok, message, spare = false } = health()
  return [{ name, ok, detail: message, ...(spare && { spare }) }]
}

/**
 * Facts wait in their outbox while topics are away, so that a node that has once reached them goes on without: a door that
 * closed then would refuse what can be accepted. A node that has never reached them is set up wrongly.
 */
export const spareOnceServed = (health: () => State): (() => State) => {
  let served = false
  return () => {
    const state = health()
    served ||= state.ok
    return { ...state, spare: served }
  }
}

/** The data file, opened when it is first needed, and not at all where every capability has a server. */
const fileOf = ({ dataDir }: Env, parts: Part[]): (() => Database) => {
  let database: Database | undefined
  return () => {
    if (database) return database
    const opened = openDatabase(join(dataDir, 'greenroom.db'))
    parts.push({ close: () => opened.close() })
    database = opened
    return opened
  }
}

const kafka = async (brokers: string, logger: Log, parts: Part[]): Promise<Topics> => {
  const { kafkaTopics } = await import('../mixins/topics/kafka.ts')
  const topics = kafkaTopics(brokers, logger)
  parts.push({ name: 'kafka', health: spareOnceServed(() => topics.health()), close: () => topics.close() })
  return topics
}

const storeOf = async (env: Env, file: () => Database, topics: Topics, logger: Log, parts: Part[]) => {
  if (env.mongodbUrl === null) {
    const database = file()
    if (isOutbox(topics)) return sqliteDocuments(database, topics)
    const outbox = sqliteOutbox(database)
    parts.push(relaying(new Relay(outbox, topics, logger)))
    return sqliteDocuments(database, outbox)
  }
  const { mongoDocuments } = await import('../mixins/store/mongo.ts')
  const store = mongoDocuments(env.mongodbUrl, logger)
  parts.push({ name: 'mongodb', health: () => store.health(), close: () => store.close() })
  parts.push(relaying(new Relay(store.outbox, topics, logger)))
  return store
}

// Facts and documents of one file are written together; everywhere else a relay brings the facts to their topics.
const isOutbox = (topics: Topics): topics is ReturnType<typeof sqliteTopics> => 'place' in topics

const relaying = (relay: { health(): State; close(): Promise<void> }): Part => ({
  name: 'facts',
  health: spareOnceServed(() => relay.health()),
  close: () => relay.close(),
})

/** A connection to a Redis server; it waits for nothing. */
export const openRedis = async (url: string, logger: Log): Promise<RedisConnection> => {
  const { RedisConnection } = await import('../mixins/redis/connection.ts')
  return new RedisConnection(url, logger)
}

const connection = async (url: string, logger: Log, parts: Part[]): Promise<RedisConnection> => {
  const redis = await openRedis(url, logger)
  parts.push({ name: 'redis', health: () => redis.health(), close: () => redis.close() })
  return redis
}

const onRedis = async (redis: RedisConnection, store: Documents) => {
  const [{ redisQueues }, { redisLocks }, { redisStreams }] = await Promise.all([
    import('../mixins/queue/redis.ts'),
    import('../mixins/locks/redis.ts'),
    import('../mixins/streams/redis.ts'),
  ])
  return { queue: redisQueues(redis), locks: redisLocks(redis), streams: redisStreams(redis, store) }
}

const inFile = (database: Database, withStore: boolean) => ({
  queue: sqliteQueues(database),
  streams: sqliteStreams(database, { withStore }),
  locks: inProcessLocks(),
})
