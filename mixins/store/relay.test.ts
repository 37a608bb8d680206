import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { dose } from '../../test/dose.ts'
import { type Random, seeded } from '../../test/random.ts'
import { describeOn } from '../../test/servers/describe-on.ts'
import type { Instance } from '../../test/servers/instance.ts'
import { startMongo } from '../../test/servers/mongo.ts'
import { event, fact } from '../contract/contract.ts'
import type { NewMessage } from '../topics/topics.ts'
import { mongoDocuments } from './mongo.ts'
import type { Outgoing, Parcel } from './outbox.ts'
import { Relay } from './relay.ts'

const Written = event({
  name: 'notes.written',
  topic: 'notes',
  about: 'For the test.',
  key: 'id',
  payload: { id: { type: 'string' }, n: { type: 'number' } },
})

const silent = { info: () => undefined, warn: () => undefined }

/** Holds every step of every relay until the test lets it go, so that chance decides who is when. */
class Stage {
  readonly #waiting: { by: number; go: () => Promise<unknown> }[] = []

  hold<T>(by: number, step: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ by, go: () => step().then(resolve, reject) })
    })
  }

  /** Lets one of those go that wait, and waits until it is done and what follows from it waits in its turn. */
  async next(random: Random): Promise<boolean> {
    for (let turns = 0; turns < 3; turns++) await turn()
    const [step] = this.#waiting.splice(random.below(this.#waiting.length), 1)
    await step?.go()
    return step !== undefined
  }

  /** What a process was about to do when it died. */
  drop(by: number): void {
    for (let n = this.#waiting.length - 1; n >= 0; n--) if (this.#waiting[n]?.by === by) this.#waiting.splice(n, 1)
  }
}

/** A topic that keeps order within an append, and fails now and then: before it has kept the messages, or after. */
const topicOn = (stage: Stage, log: NewMessage[], isFailing: () => boolean) => (by: number) => ({
  append: (_: string, messages: NewMessage[]) =>
    stage.hold(by, async () => {
      if (isFailing()) throw new TypeError('not kept')
      log.push(...messages)
      if (isFailing()) throw new TypeError('kept, but not told')
    }),
})

const held = <P extends Parcel>(stage: Stage, by: number, outgoing: Outgoing<P>) => {
  let hear: (parcel?: P) => void = () => undefined
  return {
    listen(listener: (parcel?: P) => void) {
      hear = listener
      outgoing.listen(listener)
    },
    look: () => hear(),
    async *left(resting: readonly string[]) {
      for await (const page of outgoing.left(resting)) {
        await stage.hold(by, async () => undefined)
        yield page
      }
    },
    settle: (delivered: Parameters<Outgoing<P>['settle']>[0]) => stage.hold(by, () => outgoing.settle(delivered)),
    oldest: () => outgoing.oldest(),
  }
}

const firstOf = (log: readonly NewMessage[], key: string): number[] => {
  const seen = new Map(log.filter((message) => message.key === key).map(({ id, payload }) => [id, payload]))
  return [...seen.values()].map((payload) => (payload as { n: number }).n)
}

describeOn('mongodb')('several relays of one store', () => {
  let server: Instance
  beforeAll(async () => {
    server = await startMongo()
  })
  afterAll(() => server?.stop())

  it('never swap two facts of a key, whoever is slow, fails or dies', async () => {
    for (let round = 0; round < 3 * dose; round++) await seeded(interleaved)
  })

  const interleaved = async (random: Random): Promise<void> => {
    const url = server.url.replace(/greenroom$/, `test-${randomUUID()}`)
    const stage = new Stage()
    const log: NewMessage[] = []
    let isCalm = false
    const topic = topicOn(stage, log, () => !isCalm && random.chance(0.15))
    let processes = 0
    const born = async () => {
      const by = processes++
      const store = mongoDocuments(url, silent, { graceMs: 0, watchMs: 0, gatherMs: 0 })
      await store.declare({ name: 'notes' })
      const outgoing = held(stage, by, store.outbox)
      return { by, store, outgoing, relay: new Relay(outgoing, topic(by), silent) }
    }
    const alive = [await born(), await born(), await born()]
    const notes = ['a', 'b', 'c']
    const written = new Map(notes.map((id) => [id, 0]))
    const present = new Map<string, number>()

    const write = async (id: string) => {
      const { store } = random.pick(alive)
      const rev = present.get(id)
      const n = written.get(id)! + 1
      const facts = [fact(Written, { id, n })]
      if (rev === undefined) await store.insert('notes', { id, rev: 1 }, facts)
      else if (random.chance(0.2)) await store.remove('notes', id, rev, facts)
      else await store.replace('notes', { id, rev: rev + 1 }, facts)
      const now = await store.get('notes', id)
      if (now) present.set(id, now.rev)
      else present.delete(id)
      written.set(id, n)
    }

    const dead: typeof alive = []
    for (let step = 0; step < 150; step++) {
      if (random.chance(0.3)) await write(random.pick(notes))
      else if (random.chance(0.1)) random.pick(alive).outgoing.look()
      else if (random.chance(0.03)) {
        const [victim] = alive.splice(random.below(alive.length), 1, await born())
        stage.drop(victim!.by)
        dead.push(victim!)
      } else await stage.next(random)
    }

    isCalm = true
    while ((await alive[0]!.store.outbox.oldest()) !== null) {
      for (const { outgoing } of alive) outgoing.look()
      while (await stage.next(random));
    }
    // Those who died never end what they were about to do. The others may still be looking, and are to be let go again.
    let isClosed = false
    const closed = Promise.all(alive.map(({ relay }) => relay.close())).finally(() => {
      isClosed = true
    })
    while (!isClosed) await stage.next(random)
    await closed
    for (const [id, last] of written) {
      expect([id, firstOf(log, id)]).toEqual([id, Array.from({ length: last }, (_, n) => n + 1)])
    }
    await Promise.all([...alive, ...dead].map(({ store }) => store.close()))
  }
})
