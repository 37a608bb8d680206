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
import { mustBeIdle, mustBeTruthful, mustBuryNothing } from './nodes-truth.ts'

type Health = {
  queue: { length: number }
  workers: { node: string; slots: number; busy: number }[]
  nodes: { node: string }[]
}
type Program = ReturnType<Stage['program']>

const ASK_AGAIN_MS = 100
const PATIENCE_MS = 120_000
const SCHEDULED_MS = 3000
const JUDGES = 8
const quiet = { info: () => undefined, warn: () => undefined }
// Long enough for whoever watches to hold something still before it ends.
const SOURCE = 'echo $1 begin; sleep 1; echo $1 end'

/** Where services are killed in the middle of something: what a step needs to get them there. */
export class Stage {
  readonly cluster: Cluster
  /** What was accepted and has ended as it should. */
  readonly accepted: Accepted[] = []
  #expected: Accepted[] = []
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
    let id = ''
    await eventually(async () => {
      const answer = await this.#offer(program)
      expect(answer).toMatchObject({ status: 202, body: { id: expect.any(String) } })
      id = String(answer.body.id)
    }, PATIENCE_MS)
    return this.#accepted(id, program)
  }

  async begun(): Promise<Accepted & { mark: string }> {
    const run = await this.submit()
    await this.second.untilPrinted(run.id, 'begin')
    return run
  }

  /**
   * A run that has a slot and is not begun, as its worker is held still; another one where the worker was missed too
   * soon, or others had all its slots.
   */
  async scheduled(): Promise<void> {
    for (let isScheduled = false; !isScheduled; ) {
      await this.free('runs-1')
      this.node('runs').pause()
      const program = this.program()
      const { status, body } = await this.#offer(program)
      if (status === 202) {
        const { id } = this.#accepted(String(body.id), program)
        isScheduled = await this.second.until(id, ['scheduled'], SCHEDULED_MS).then(
          () => true,
          () => false,
        )
      }
      if (!isScheduled) this.node('runs').resume()
    }
  }

  /** Resolves when the program has ended, whoever knows of it. */
  over(mark: string): Promise<void> {
    return eventually(() => expect(alive(mark)).toEqual([]))
  }

  /** These were accepted, and are to be judged when all is settled. */
  expect(accepted: readonly Accepted[]): void {
    this.#expected.push(...accepted)
  }

  /** Resolves when the doors are open, all that was accepted has ended as it should, and nothing is left of it. */
  async settled(): Promise<void> {
    await Promise.all(['api-1', 'api-2'].map((name) => ready(this.cluster.node(name))))
    const runs = this.#expected.splice(0)
    this.accepted.push(...runs)
    const judge = async () => {
      for (let run = runs.pop(); run; run = runs.pop()) await mustBeTruthful(this.second, run)
    }
    await Promise.all(Array.from({ length: JUDGES }, judge))
    await mustBeIdle(this.second)
    await mustBuryNothing(this.second)
  }

  /** Resolves when a node takes its part. */
  async joined(name: string): Promise<void> {
    if (name.startsWith('api')) return ready(this.cluster.node(name))
    await eventually(async () => {
      const { body } = await this.second.get<Health>('//health')
      expect(body.nodes.map(({ node }) => node.split('@')[0])).toContain(name)
    }, PATIENCE_MS)
  }

  /** Resolves when nobody waits, and a worker is known that could take one more. */
  async free(name: string): Promise<void> {
    await this.#worker(name, ({ busy, slots }) => busy < slots)
  }

  /** Resolves when nobody waits, and a worker is known that has nothing to do. */
  async idle(name: string): Promise<void> {
    await this.#worker(name, ({ busy }) => busy === 0)
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

  async #worker(name: string, is: (worker: Health['workers'][number]) => boolean): Promise<void> {
    await eventually(async () => {
      const { queue, workers } = (await this.second.get<Health>('//health')).body
      const found = workers.filter(({ node }) => node.split('@')[0] === name)
      expect({ waiting: queue.length, isFound: found.some(is), workers }).toMatchObject({ waiting: 0, isFound: true })
    }, PATIENCE_MS)
  }

  #offer({ body, headers }: Program) {
    return this.second.ask('POST', '/executions', body, headers)
  }

  #accepted(id: string, { mark, retries, truth }: Program) {
    const run = { id, retries, truth, mark }
    this.expect([run])
    return run
  }
}
