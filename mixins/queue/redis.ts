import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { RedisConnection } from '../redis/connection.ts'
import { scriptsIn } from '../redis/scripts.ts'
import type { DeadJob, Job, NewJob, QueueStats, WorkQueue } from './queue.ts'
import { RedisBell } from './redis-bell.ts'

const scripts = scriptsIn(new URL('./redis/', import.meta.url), 'queue', [
  'add',
  'take',
  'extend',
  'adopt',
  'ack',
  'release',
  'retry',
  'bury',
  'remove',
  'revive',
  'glance',
  'stats',
])

/** A queue on Redis Streams; every transition is one script, told in `redis/`. */
class RedisQueue implements WorkQueue {
  readonly #redis: RedisConnection
  readonly #key: string
  readonly #bell: RedisBell

  constructor(redis: RedisConnection, name: string) {
    this.#redis = redis
    this.#key = `greenroom:queue:{${name}}`
    this.#bell = new RedisBell(() => redis.another(), `${this.#key}:bell`)
  }

  async add({ id, payload, priority, delayMs = 0 }: NewJob, { limit = -1 } = {}) {
    const body = JSON.stringify(payload ?? null)
    const most = Number.isFinite(limit) ? limit : -1
    return (await this.#run('add', id, body, priority, delayMs, most)) as 'added' | 'duplicate' | 'full'
  }

  // Who waits may be in any process.
  reserve(): null {
    return null
  }

  async take(consumer: string, max: number, leaseMs: number): Promise<Job[]> {
    if (max < 1) return []
    const answer = await this.#run('take', consumer, max, leaseMs, randomUUID())
    const [token, taken] = answer as [string, [string, string, number, number][]]
    return taken.map(([id, payload, priority, attempt]) => ({
      ...{ id, payload: JSON.parse(payload), priority, attempt, token },
    }))
  }

  async ready(timeoutMs: number): Promise<Job[]> {
    const [isReady, change, seen] = (await this.#run('glance')) as [number, number, string]
    if (isReady === 1) return []
    const wait = change < 0 ? timeoutMs : Math.min(timeoutMs, change + 1)
    const rung = new AbortController()
    const silence = this.#bell.listen(seen, () => rung.abort())
    await pause(wait, undefined, { signal: rung.signal, ref: false }).catch(() => undefined)
    silence()
    return []
  }

  async extend(jobs: Job[], leaseMs: number): Promise<string[]> {
    if (jobs.length === 0) return []
    const held = jobs.flatMap(({ id, token }) => [id, token])
    const [lost, forgotten] = (await this.#run('extend', leaseMs, ...held)) as [string[], string[]]
    const orphans = jobs.filter(({ id }) => forgotten.includes(id))
    const adopted = await Promise.all(orphans.map((job) => this.#adopt(job, leaseMs)))
    return [...lost, ...orphans.filter((_, n) => !adopted[n]).map(({ id }) => id)]
  }

  ack(job: Job): Promise<boolean> {
    return this.#done('ack', job.id, job.token)
  }

  release(job: Job): Promise<boolean> {
    return this.#done('release', job.id, job.token)
  }

  fail(job: Job, error: string, then: { retryInMs: number } | 'bury'): Promise<boolean> {
    return then === 'bury'
      ? this.#done('bury', job.id, job.token, error)
      : this.#done('retry', job.id, job.token, then.retryInMs)
  }

  remove(id: string): Promise<boolean> {
    return this.#done('remove', id)
  }

  async stats(): Promise<QueueStats> {
    const [waiting, delayed, running, dead] = (await this.#run('stats')) as [number, number, number, number]
    return { waiting, delayed, running, dead }
  }

  async dead(max: number): Promise<DeadJob[]> {
    if (max < 1) return []
    const buried = await this.#redis.do((client) => client.xrevrange(`${this.#key}:dead`, '+', '-', 'COUNT', max))
    return buried.map(([, fields]) => deadJob(fields))
  }

  revive(id: string): Promise<boolean> {
    return this.#done('revive', id)
  }

  #adopt({ id, payload, priority, attempt, token }: Job, leaseMs: number): Promise<boolean> {
    return this.#done('adopt', id, JSON.stringify(payload), priority, attempt, token, 'adopted', leaseMs)
  }

  #run(script: keyof typeof scripts, ...args: (string | number)[]): Promise<unknown> {
    return this.#redis.run(scripts[script], this.#key, ...args)
  }

  async #done(script: keyof typeof scripts, ...args: (string | number)[]): Promise<boolean> {
    return (await this.#run(script, ...args)) === 1
  }
}

const deadJob = (fields: string[]): DeadJob => {
  const value = (name: string) => fields[fields.indexOf(name) + 1] ?? ''
  return {
    id: value('id'),
    payload: JSON.parse(value('payload')),
    attempts: Number(value('attempts')),
    error: value('error'),
    at: Number(value('at')),
  }
}

/**
 * Queues on a Redis server, one object per name. They survive the death of any process that uses them, and that of the
 * server as far as its append-only file goes: with `appendfsync everysec` a power cut may take the last second, which is
 * rebuilt from the store as everything else in them.
 * Where the server has lost everything, those who work go on: their jobs are known to it again once they renew their leases.
 */
export const redisQueues = (redis: RedisConnection): ((name: string) => WorkQueue) => {
  redis.define(Object.values(scripts))
  const queues = new Map<string, WorkQueue>()
  return (name) => {
    const queue = queues.get(name) ?? new RedisQueue(redis, name)
    queues.set(name, queue)
    return queue
  }
}
