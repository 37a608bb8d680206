import { kafka } from '../../cli/setup/infra/kafka.ts'
import { mongodb } from '../../cli/setup/infra/mongodb.ts'
import { nats } from '../../cli/setup/infra/nats.ts'
import { redis } from '../../cli/setup/infra/redis.ts'

const servers = { redis, nats, mongodb, kafka }

/**
 * A suite that needs real servers: `describeOn('redis')('the queue on Redis', () => {…})`. On a machine that lacks one
 * the suite is skipped, and its name tells what is missing and which command gets it.
 */
export const describeOn =
  (...names: (keyof typeof servers)[]) =>
  (title: string, suite: () => void): void => {
    const missing = names.map((name) => servers[name].missing()).filter((reason) => reason !== null)
    if (missing.length === 0) describe(title, suite)
    else describe.skip(`${title} (${missing.join('; ')})`, suite)
  }
