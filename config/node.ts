import { hostname } from 'node:os'
import type { Env } from './env.ts'
import { SettingRefused } from './setting.ts'

type Shared = Pick<Env, 'natsUrl' | 'redisUrl' | 'mongodbUrl' | 'kafkaBrokers'>
type Node = Pick<Env, 'services' | 'node'>

const shared = {
  natsUrl: 'GREENROOM_NATS_URL (they would not find each other)',
  redisUrl: 'GREENROOM_REDIS_URL (they would not share queues and output)',
  mongodbUrl: 'GREENROOM_MONGODB_URL (they would not share the record of runs)',
  kafkaBrokers: 'GREENROOM_KAFKA_BROKERS (they would not share facts)',
} as const

/** Whether this node runs a service. */
export const runs = ({ services }: Pick<Env, 'services'>, name: string): boolean => services?.includes(name) ?? true

/** The name of this node among all: readable, and never that of another process that lives. */
export const nodeIdOf = ({ services, node }: Node): string => {
  if (node !== null) return `${node}@${hostname()}`
  return services === null ? `${hostname()}-${process.pid}` : `${services.join('+')}-${process.pid}@${hostname()}`
}

/**
 * The number of this node among those of its name on this machine, as in `runs-2`; 0 where it has none. Two nodes of one
 * machine do not share what is counted per user of the host.
 */
export const numberOf = ({ node }: Pick<Env, 'node'>): number => Number(/-(\d{1,3})$/.exec(node ?? '')?.[1] ?? 0)

/** Throws SettingRefused when this node could not work together with those that run the other services. */
export const refuseAlone = (env: Node & Shared): void => {
  if (env.services === null) return
  const missing = Object.entries(shared).find(([key]) => env[key as keyof Shared] === null)?.[1]
  if (missing === undefined) return
  throw new SettingRefused(
    `GREENROOM_SERVICES is "${env.services.join(',')}", so that other nodes run the other services: set ${missing}, or leave GREENROOM_SERVICES unset.`,
  )
}
