import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { RedisConnection } from '../../mixins/redis/connection.ts'
import { eventually } from '../eventually.ts'
import { startInstance } from '../servers/instance.ts'
import { startMongo } from '../servers/mongo.ts'
import { startNats } from '../servers/nats.ts'
import { startRedis } from '../servers/redis.ts'
import { configure, kafkaSpeaking } from './kafka-listener.ts'

/** The four servers, each of which asks for a user and a password. */
export type Guarded = {
  /** Addresses that hold a password which no server knows yet. */
  readonly settings: Record<string, string>
  readonly password: string
  readonly ports: { nats: number; redis: number }
  /** From now on they know it. */
  letIn(): Promise<void>
  kill(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

const password = 'geheim'
const quiet = { info: () => undefined, warn: () => undefined }

export const startGuarded = async (): Promise<Guarded> => {
  const dir = mkdtempSync(join(tmpdir(), 'greenroom-guarded-'))
  const users = join(dir, 'nats.conf')
  const natsUser = (known: string) => writeFileSync(users, `authorization { user: me, password: "${known}" }\n`)
  natsUser('other')
  // Read again at a restart, where it holds what it was told last.
  const redisConf = join(dir, 'redis.conf')
  writeFileSync(redisConf, 'requirepass other\n')
  const [nats, redis, mongo, broker] = await Promise.all([
    startNats({ args: ['--config', users] }),
    startRedis({ args: ['--include', redisConf] }),
    startMongo({ args: ['--auth'] }),
    startInstance(guardedKafka),
  ])
  const all = [nats, redis, mongo, broker]
  const as = (url: string, user: string) => url.replace('//', `//${user}:${password}@`)
  return {
    password,
    ports: { nats: nats.port, redis: redis.port },
    settings: {
      GREENROOM_NATS_URL: as(nats.url, 'me'),
      GREENROOM_REDIS_URL: as(redis.url, ''),
      GREENROOM_MONGODB_URL: `${as(mongo.url, 'somebody')}?authSource=admin`,
      GREENROOM_KAFKA_BROKERS: `kafka://me:${password}@${broker.url}?sasl=plain`,
    },
    async letIn() {
      natsUser(password)
      process.kill(nats.pid, 'SIGHUP')
      writeFileSync(redisConf, `requirepass ${password}\n`)
      await redisKnows(redis.url)
      await mongoKnows(mongo.url)
      configure(broker.dir, '"other"', `"${password}"`)
      await broker.restart()
    },
    async kill() {
      await Promise.all(all.map((server) => server.kill()))
    },
    async restart() {
      await Promise.all(all.map((server) => server.restart()))
    },
    async stop() {
      await Promise.all(all.map((server) => server.stop()))
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

const redisKnows = async (url: string) => {
  const redis = new RedisConnection(url.replace('//', '//:other@'), quiet)
  await eventually(() => redis.do((client) => client.call('CONFIG', 'SET', 'requirepass', password)))
  await redis.close()
}

/** The first user may be made by whoever is on the machine. */
const mongoKnows = async (url: string) => {
  const client = new MongoClient(url)
  const user = { createUser: 'somebody', pwd: password, roles: [{ role: 'root', db: 'admin' }] }
  await client.db('admin').command(user)
  await client.close()
}

// Members know each other by it as well.
const guardedKafka = kafkaSpeaking(
  'SASL_PLAINTEXT',
  `sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="me" password="other" user_me="other";`,
)
