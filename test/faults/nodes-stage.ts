import { setTimeout as pause } from 'node:timers/promises'
import { expect } from '@jest/globals'
import { redisQueues } from '../../mixins/queue/redis.ts'
import { RedisConnection } from '../../mixins/redis/connection.ts'
import { RUNS_QUEUE } from '../../services/runs/runs.jobs.ts'
import { eventually } from '../eventually.ts'
import { alive } from '../system/alive.ts'
import type { Client, Page } from '../system/client.ts'
import { type Cluster, type ClusterNode, ready } from '../system/cluster.ts'
import { readStream, type StreamEvent } from '../system/sse.ts'
import type { Accepted } from './nodes-load.ts'

const ASK_AGAIN_MS = 100
const PATIENCE_MS = 120_000
const SCHEDULED_MS = 3000
const quiet = { info: () => undefined, warn: () => undefined }
// Long enough for whoever watches to hold something still before it ends.
const SOURCE = 'echo $1 begin; sleep 1; echo $1 end'

/** Where services are killed in the middle of something: what a step needs to get them there. */
export class Stage {
  readonly cluster: Cluster
  /** What was accepted and must end as it should, whatever was killed. */
  readonly accepted: Accepted[] = []
  #count = 0

  constructor(cluster: Cluster) {
    this.cluster = cluster
  }

  /** The door that is killed, and the one that is not. */
  get first(): Client {
    return this.node('api').client
  }
  get second(): Client {
    return this.cluster.node('api-2').client
  }

  node(actor: string): ClusterNode {
    return this.cluster.node(`${actor}-1`)
  }

  /** A run that nobody has submitted yet. */
  program(retries = 1) {
    const mark = `steps-${process.pid}-${this.#count++}`
    const body = { language: 'bash', source: SOURCE, args: [mark], retries, labels: { mark } }
    return { mark, retries, body, headers: { 'idempotency-key': mark }, truth: `${mark} begin\n${mark} end\n` }
  }

  /** Submits as a client does that is not answered: again, with the same key. */
  async submit(program = this.program()): Promise<Accepted & { mark: string }> {
    const { mark, retries, body, headers, truth } = program
    let id = ''
    await eventually(async () => {
      const answer = await this.second.ask('POST', '/executions', body, headers)
      expect({ status: answer.status, body: answer.body }).toMatchObject({
        status: 202,
        body: { id: expect.any(String) },
      })
      id = String(answer.body.id)
    }, PATIENCE_MS)
    const run = { id, retries, truth, mark }
    this.accepted.push(run)
    return run
  }

  async begun(): Promise<Accepted & { mark: string }> {
    const run = await this.submit()
    await this.second.untilPrinted(run.id, 'begin')
    return run
  }

  /** A run that has a slot and is not begun, as its worker is held still; another one where the worker was missed too soon. */
  async scheduled(): Promise<void> {
    for (let isScheduled = false; !isScheduled; ) {
      this.node('runs').pause()
      const { id } = await this.submit()
      isScheduled = await this.second.until(id, ['scheduled'], SCHEDULED_MS).then(
        () => true,
        () => false,
      )
      if (!isScheduled) this.node('runs').resume()
    }
  }

  /** Resolves when the program has ended, whoever knows of it. */
  over(mark: string): Promise<void> {
    return eventually(() => expect(alive(mark)).toEqual([]))
  }

  async mustBeOne(mark: string): Promise<void> {
    await eventually(async () => {
      const { body } = await this.second.get<Page>(`/executions?label=mark=${mark}`)
      expect(body.items).toHaveLength(1)
    })
  }

  /** Kills it and starts it again, and meanwhile lets go what was held. */
  async kill(actor: string, release: () => void = () => undefined): Promise<void> {
    await this.node(actor).kill()
    release()
    await this.node(actor).restart()
    if (actor === 'api') await ready(this.node(actor))
  }

  /** Resolves when a worker holds a job under a lease. */
  async leased(): Promise<void> {
    const redis = new RedisConnection(this.cluster.servers.redis.url, quiet)
    const queue = redisQueues(redis)(RUNS_QUEUE)
    await eventually(async () => expect((await queue.stats()).running).toBeGreaterThan(0))
    await redis.close()
  }

  /** Watches a run to its end through a door that may break, and comes back to the other one. */
  async follow(id: string, first: Client): Promise<StreamEvent[]> {
    const events: StreamEvent[] = []
    for (let door = first; events.at(-1)?.event !== 'end'; door = this.second) {
      const address = `${door.url}/api/v1/executions/${id}/stream`
      const read = await readStream(address, events.at(-1)?.id ?? null).catch(() => null)
      events.push(...(read?.events ?? []))
      await pause(ASK_AGAIN_MS)
    }
    return events
  }
}
