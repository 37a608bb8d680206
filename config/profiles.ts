import { join } from 'node:path'
import type { Backends } from '../mixins/backends.ts'
import { sandboxExecutor } from '../mixins/executor/sandbox.ts'
import type { RedisConnection } from '../mixins/redis/connection.ts'
import { openData } from './data.ts'
import type { Env } from './env.ts'
import type { Log } from './log.ts'
import { numberOf, refuseAlone, runs } from './node.ts'
import { detectRuntimes } from './runtimes.ts'
import { settingsOf } from './settings-of.ts'

/** What a node stands on, and the connection that its transporter may use too. */
export type Opened = { backends: Backends; redis: RedisConnection | null }

/**
 * Everything that the services of this node stand on: what has no server of its own is in this process, and a node that
 * runs programs has sandboxes. Throws a sentence when this machine or the settings make it impossible; a server that
 * is away does not.
 */
export const openBackends = async (env: Env, logger: Log): Promise<Opened> => {
  refuseAlone(env)
  const [offers, { redis, ...data }] = await Promise.all([
    runs(env, 'runs') ? detectRuntimes() : [],
    openData(env, logger),
  ])
  const executor = executorOf(
    env,
    offers.map((offer) => offer.runtime),
  )
  if (runs(env, 'runs')) await executor.open()
  const close = async () => {
    await executor.close()
    await data.close()
  }
  return { backends: { ...data, executor, settings: settingsOf(env, offers), close }, redis }
}

const USERS = 60_000
// Numbers that no account has, for each further node of a machine as many as it can have sandboxes.
const FURTHER_USERS = 300_000
const USERS_EACH = 20_000

// Not open where nothing runs programs: then it refuses them, and has nothing to check.
const executorOf = (env: Env, runtimes: Parameters<typeof sandboxExecutor>[0]['runtimes'] & object) => {
  const number = numberOf(env)
  return sandboxExecutor({
    dataDir: join(env.dataDir, 'sandbox', env.node ?? ''),
    cacheDir: env.cacheDir,
    concurrency: env.slots,
    compileCacheBytes: env.compileCacheBytes,
    firstUid: number === 0 ? USERS : FURTHER_USERS + number * USERS_EACH,
    warm: env.warmBytes > 0 && { memoryBytes: env.warmBytes, most: 16 },
    limitsBy: env.unsafeTrustedOnly ? 'trusted-rlimits' : 'cgroups',
    runtimes,
  })
}
