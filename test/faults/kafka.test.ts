import { setTimeout as pause } from 'node:timers/promises'
import { type KafkaTopics, kafkaTopics } from '../../mixins/topics/kafka.ts'
import { KafkaClient } from '../../mixins/topics/kafka-client.ts'
import { partitionOf } from '../../mixins/topics/kafka-murmur2.ts'
import { dose } from '../dose.ts'
import { describeOn } from '../servers/describe-on.ts'
import type { Instance } from '../servers/instance.ts'
import { startKafka } from '../servers/kafka.ts'
import { type Event, eventsOf, killInTurn, Leaders, logged, verdictOf } from './kafka-cluster.ts'

const quiet = { info: () => undefined, warn: () => undefined }
const EVENTS = dose > 1 ? 10_000 : 3000
const KEYS = 50
const AT_ONCE = 50
const WRITERS = 5
const PARTITIONS = 8
const ROUNDS = 6
// Long enough for some of the messages to go their way undisturbed.
const BETWEEN_MOVES_MS = 2000

describeOn('kafka')('facts on a cluster of three brokers', () => {
  let cluster: Instance
  let topics: KafkaTopics
  let leaders: Leaders

  beforeAll(async () => {
    cluster = await startKafka({ brokers: 3 })
    topics = kafkaTopics(cluster.url, quiet)
    leaders = new Leaders(cluster.url)
  }, 120_000)
  afterAll(async () => {
    await topics.close()
    await cluster.stop()
  }, 60_000)

  const messageOf = ({ key, n }: Event) => ({ id: `${key}-${n}`, key, type: 'x', headers: {}, payload: { key, n } })

  /** Several writers at once, each with keys of its own; resolves with how many appends were refused. */
  const append = async (topic: string, events: Event[]) => {
    const shares = Map.groupBy(events, ({ key }) => Number(key.split('-')[1]) % WRITERS)
    const refusals = [...shares.values()].map((share) => relay(topic, share))
    return (await Promise.all(refusals)).reduce((sum, refused) => sum + refused, 0)
  }

  /** Appends as whoever relays an outbox does: what was refused is appended again before what follows. */
  const relay = async (topic: string, events: Event[]) => {
    let refused = 0
    for (let at = 0; at < events.length; at += AT_ONCE) {
      const messages = events.slice(at, at + AT_ONCE).map(messageOf)
      for (let isSafe = false; !isSafe; ) {
        isSafe = await topics.append(topic, messages).then(
          () => true,
          (error) => {
            expect(error).toMatchObject({ type: 'TOPICS_UNAVAILABLE', retryable: true })
            refused++
            return false
          },
        )
      }
    }
    return refused
  }

  /** Does what disturbs the cluster for as long as the work takes, at least once. */
  const during = async (work: Promise<unknown>, disturb: (isOver: () => boolean) => Promise<unknown>) => {
    let isOver = false
    const disturbing = disturb(() => isOver)
    await work.finally(() => {
      isOver = true
    })
    await disturbing
  }

  const moving = (topic: string) => async (isOver: () => boolean) => {
    while (!isOver()) {
      await leaders.move(topic)
      await pause(BETWEEN_MOVES_MS)
    }
  }

  it('are all kept, in order per key, while leaders move', async () => {
    const topic = 'guarded-moves'
    const events = eventsOf(EVENTS * dose, KEYS)
    await topics.append(topic, [])
    await during(append(topic, events), moving(topic))
    expect(leaders.moves).toBeGreaterThanOrEqual(PARTITIONS)
    expect(verdictOf(events, await logged(cluster.url, topic))).toMatchObject({ lost: [], disordered: [] })
  }, 180_000)

  it('are all kept, in order per key, while brokers are killed', async () => {
    const topic = 'guarded-kills'
    const events = eventsOf(EVENTS * dose, KEYS)
    await topics.append(topic, [])
    let kills = 0
    await during(append(topic, events), async (isOver) => {
      kills = await killInTurn(cluster, topic, isOver)
    })
    expect(kills).toBeGreaterThan(0)
    expect(verdictOf(events, await logged(cluster.url, topic))).toMatchObject({ lost: [], disordered: [] })
  }, 240_000)

  // The control: whether such a client loses something in a given round is luck, so that it is asked at a large dose only.
  const control = dose > 1 ? it : it.skip
  control(
    'would be lost by a client that sends to several partitions at once',
    async () => {
      const topic = 'unguarded'
      await topics.append(topic, [])
      const lost: number[] = []
      for (let round = 0; round < ROUNDS && !lost.some((count) => count > 0); round++) {
        const producer = new KafkaClient(cluster.url.split(',')).producer()
        await producer.connect()
        const events = eventsOf(EVENTS, KEYS).map(({ key, n }) => ({ key: `${round}-${key}`, n }))
        const acknowledged: Event[] = []
        const write = async () => {
          for (let at = 0; at < events.length; at += KEYS) {
            const batch = events.slice(at, at + KEYS)
            const messages = batch.map((event) => ({
              key: event.key,
              value: JSON.stringify(event),
              partition: partitionOf(event.key, PARTITIONS),
            }))
            const isDone = await producer.send({ topic, acks: -1, messages }).then(
              () => true,
              () => false,
            )
            if (isDone) acknowledged.push(...batch)
          }
        }
        await during(write(), moving(topic))
        await producer.disconnect()
        lost.push(verdictOf(acknowledged, await logged(cluster.url, topic)).lost.length)
      }
      expect(lost.at(-1)).toBeGreaterThan(0)
    },
    300_000,
  )

  it('wait while the brokers are away, and none is lost after', async () => {
    const topic = 'away'
    await topics.append(topic, [])
    const events = eventsOf(EVENTS / 2, KEYS)
    const awayMs = Math.min(60_000, 15_000 * dose)
    await append(topic, events.slice(0, 1000))
    await cluster.kill()
    const appended = append(topic, events.slice(1000))
    await pause(awayMs)
    expect(topics.health()).toMatchObject({ ok: false, message: expect.stringContaining('GREENROOM_KAFKA_BROKERS') })
    await cluster.restart()
    expect(await appended).toBeGreaterThan(0)
    expect(verdictOf(events, await logged(cluster.url, topic))).toMatchObject({ lost: [], disordered: [] })
  }, 240_000)
})
