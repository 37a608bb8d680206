import { redis } from '../../cli/setup/infra/redis.ts'
import { type InstanceOptions, startInstance } from './instance.ts'

/** A private Redis; `args` are added to its command (`['--requirepass', 'secret']`). */
export const startRedis = (options?: Pick<InstanceOptions, 'args'>) => startInstance(redis, options)
