import type { BrokerOptions } from 'moleculer'
import type { Health } from '../mixins/backends.ts'
import type { RedisConnection } from '../mixins/redis/connection.ts'
import { socketPath } from '../mixins/transporter/socket-path.ts'
import { UnixSocketTransporter } from '../mixins/transporter/unix-socket.ts'
import type { Env } from './env.ts'
import type { Log } from './log.ts'

/** What carries calls to other processes. */
export type Transport = {
  transporter: BrokerOptions['transporter']
  /** Whether other nodes may offer the same services. */
  isShared: boolean
  health(): Health[]
}

/** NATS where it is set; else a socket in the data directory, which only the console joins. */
export const openTransporter = async (env: Env, logger: Log, redis: RedisConnection | null): Promise<Transport> =>
  env.natsUrl === null ? socket(env, true) : nats(env.natsUrl, logger, redis)

/** As `openTransporter`, for a process that only joins the system. */
export const joinTransporter = async (env: Env, logger: Log, redis: RedisConnection | null): Promise<Transport> =>
  env.natsUrl === null ? socket(env, false) : nats(env.natsUrl, logger, redis)

const socket = ({ dataDir }: Env, serve: boolean): Transport => {
  const transporter = new UnixSocketTransporter({ path: socketPath(dataDir), serve })
  return { transporter: transporter as never, isShared: false, health: () => [] }
}

const nats = async (url: string, logger: Log, redis: RedisConnection | null): Promise<Transport> => {
  const [{ NatsTransporter }, { redisParcels }] = await Promise.all([
    import('../mixins/transporter/nats.ts'),
    import('../mixins/transporter/parcels.ts'),
  ])
  const transporter = new NatsTransporter({ url, logger, parcels: redis && redisParcels(redis) })
  const health = () => {
    const { ok, message } = transporter.health()
    return [{ name: 'nats', ok, detail: message }]
  }
  return { transporter: transporter as never, isShared: true, health }
}
