import { kafka } from './kafka.ts'
import { mongodb } from './mongodb.ts'
import { nats } from './nats.ts'
import { redis } from './redis.ts'
import type { Server } from './server.ts'

/** Every server that Greenroom can be attached to, the light ones first. */
export const servers: readonly Server[] = [nats, redis, mongodb, kafka]
