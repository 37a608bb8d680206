import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Errors, ServiceBroker, type ServiceSchema } from 'moleculer'
import { eventually } from '../../test/eventually.ts'
import { attach, type Backends } from '../backends.ts'
import { event, fact } from '../contract/contract.ts'
import { type Database, openDatabase } from '../sqlite/database.ts'
import { sqliteDocuments } from '../store/sqlite.ts'
import type { DeadLetter } from './dead-letter.ts'
import { messageOf } from './message.ts'
import { replayed } from './replay.ts'
import { type SqliteTopics, sqliteTopics } from './sqlite.ts'
import { on, topics } from './topics.mixin.ts'
import type { NewMessage } from './topics.ts'

const payload = { id: { type: 'string' }, n: { type: 'number', optional: true } } as const
const about = 'For the test.'
const Born = event({ name: 'pets.born', topic: 'pets.events', about, key: 'id', payload })
const Fed = event({ name: 'pets.fed', topic: 'pets.events', about, key: 'id', payload })
const Sold = event({ name: 'pets.sold', topic: 'pets.events', about, key: 'id', payload })

const patience = { attempts: 3, backoffMs: 5, maxBackoffMs: 20 }

describe('a service with topic actions', () => {
  let directory: string
  let database: Database
  let log: SqliteTopics
  let broker: ServiceBroker
  let seen: string[]

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'topics-'))
    database = openDatabase(join(directory, 'greenroom.db'))
    log = sqliteTopics(database)
    seen = []
    broker = new ServiceBroker({ logger: false, nodeID: 'here', registry: { stopDelay: 0 } as never })
    attach(broker, { topics: log, store: sqliteDocuments(database, log) } as unknown as Backends)
  })

  afterEach(async () => {
    await broker.stop()
    await database.close()
    rmSync(directory, { recursive: true })
  })

  const start = async (actions: object, rest: object = {}) => {
    broker.createService({ name: 'shop', mixins: [topics(patience)], actions, ...rest } as unknown as ServiceSchema)
    await broker.start()
  }

  const append = (...messages: NewMessage[]) => log.append('pets.events', messages)
  const born = (id: string, n?: number) => messageOf(fact(Born, { id, ...(n !== undefined && { n }) }))

  const buried = async (): Promise<DeadLetter[]> => {
    const all = await Promise.all(Array.from({ length: 8 }, (_, p) => log.read('pets.events.dead', p, 0, 100)))
    return all.flat().map((message) => message.payload as DeadLetter)
  }

  it('handles a replayed message only when it is for this service', async () => {
    const replay = (id: string, group: string) => replayed(born(id), { of: 'x', group, by: 'ann', reason: 'mended' })
    await append(replay('rex', 'bank'), replay('ada', 'shop'), born('bob'))
    await start({
      born: on(Born, (ctx) => {
        seen.push(ctx.params.id)
      }),
    })
    await eventually(async () => expect(await log.lag('pets.events', 'shop')).toBe(0))
    expect(seen.toSorted()).toEqual(['ada', 'bob'])
  })

  it('tells the types of one topic apart and ignores those it has no action for', async () => {
    await append(born('rex'), messageOf(fact(Sold, { id: 'rex' })), messageOf(fact(Fed, { id: 'rex', n: 2 })))
    await start({
      a: on(Born, (ctx) => void seen.push(`born ${ctx.params.id} ${ctx.requestID?.length}`)),
      b: on(Fed, (ctx) => void seen.push(`fed ${ctx.params.n}`)),
    })
    await eventually(() => expect(seen).toEqual(['born rex 36', 'fed 2']))
    await eventually(async () => expect(await log.lag('pets.events', 'shop')).toBe(0))
    expect(await buried()).toEqual([])
  })

  it('refuses two actions for one type', async () => {
    const twice = { a: on(Born, () => undefined), b: on(Born, () => undefined) }
    await expect(start(twice)).rejects.toThrow('shop handles pets.born twice: in a and in b.')
  })

  it('subscribes after everything else has started and unsubscribes before anything else stops', async () => {
    await append(born('rex'))
    const order: string[] = []
    const started = async () => void order.push('started')
    const stopped = async () => void order.push(`stopped after ${await log.lag('pets.events', 'shop')}`)
    await start({ a: on(Born, () => void order.push('born')) }, { started, stopped })
    await eventually(() => expect(order).toEqual(['started', 'born']))
    await broker.stop()
    await append(born('tom'))
    expect(order).toEqual(['started', 'born', 'stopped after 0'])
    expect(await log.lag('pets.events', 'shop')).toBe(1)
  })

  it('makes later messages of a key wait behind one that is retried, while other keys go on', async () => {
    let failures = 2
    let others = 0
    await start(
      {
        a: on(Born, (ctx) => {
          if (ctx.params.id !== 'rex') others++
          if (ctx.params.id === 'rex' && ctx.params.n === 1 && (others < 50 || failures-- > 0))
            throw new TypeError('not yet')
          if (ctx.params.id === 'rex') seen.push(String(ctx.params.n))
        }),
      },
      { mixins: [topics({ ...patience, attempts: 1000 })] },
    )
    await append(born('rex', 1), born('rex', 2))
    // One by one, so that they come in batches of their own behind the one that is stuck.
    for (let n = 0; n < 50; n++) await append(born(`other-${n}`))
    await append(born('rex', 3))
    await eventually(() => expect(seen).toEqual(['1', '2', '3']))
    expect(others).toBe(50)
    expect(await buried()).toEqual([])
  })

  it('buries a message after so many attempts, with its whole history, and goes on', async () => {
    const message = { ...born('rex', 1), headers: { traceparent: '00-ab' } }
    await append(message, born('rex', 2))
    await start({
      a: on(Born, (ctx) => {
        if (ctx.params.n === 1) throw Object.assign(new RangeError('too wild'), { data: { size: 9 } })
        seen.push(String(ctx.params.n))
      }),
    })
    await eventually(() => expect(seen).toEqual(['2']))
    const [letter] = await buried()
    expect(letter).toMatchObject({ group: 'shop', topic: 'pets.events', offset: 0, node: 'here', attempts: 3, message })
    expect(letter).toMatchObject({
      traceParent: '00-ab',
      replayOf: null,
      error: { name: 'RangeError', message: 'too wild' },
    })
    expect(letter!.error.stackHash).toMatch(/^[0-9a-f]{16}$/)
    expect(letter!.id).toBe(`shop/pets.events/${letter!.partition}/0`)
    expect(Date.parse(letter!.lastFailureAt)).toBeGreaterThanOrEqual(Date.parse(letter!.firstFailureAt) + 10)
  })

  it('buries at once what is refused for good, and a payload that does not fit its contract', async () => {
    let calls = 0
    await append(born('rex'), { ...born('tom'), payload: { id: 7 } })
    await start({
      a: on(Born, () => {
        calls++
        throw new Errors.MoleculerClientError('No pets here.', 409, 'NO_PETS')
      }),
    })
    await eventually(async () => expect(await buried()).toHaveLength(2))
    const letters = (await buried()).toSorted((a, b) => (a.error.type! < b.error.type! ? -1 : 1))
    expect(letters.map(({ attempts, error }) => [attempts, error.type])).toEqual([
      [1, 'NO_PETS'],
      [1, 'VALIDATION_ERROR'],
    ])
    expect(calls).toBe(1)
  })

  it.each(['STORE_UNAVAILABLE', 'REDIS_UNAVAILABLE', 'TOPICS_UNAVAILABLE'])(
    'waits out an outage without burning attempts (%s)',
    async (type) => {
      let calls = 0
      await append(born('rex'))
      await start({
        a: on(Born, () => {
          if (++calls < 10) throw new Errors.MoleculerRetryableError('Gone.', 503, type, {})
        }),
      })
      await eventually(async () => expect(await log.lag('pets.events', 'shop')).toBe(0))
      expect([calls, await buried()]).toEqual([10, []])
    },
  )

  it('never drops a message whose dead letter cannot be written', async () => {
    const append = log.append.bind(log)
    let isRefusing = true
    log.append = (topic, messages) =>
      isRefusing && topic.endsWith('.dead') ? Promise.reject(new TypeError('full')) : append(topic, messages)
    await append('pets.events', [born('rex', 1), born('rex', 2)])
    await start({
      a: on(Born, (ctx) => {
        seen.push(String(ctx.params.n))
        if (ctx.params.n === 1) throw new Errors.MoleculerClientError('No.', 409, 'NO')
      }),
    })
    await eventually(() => expect(seen).toEqual(['1']))
    expect(await log.lag('pets.events', 'shop')).toBe(2)
    isRefusing = false
    await eventually(() => expect(seen).toEqual(['1', '2']))
    expect(await buried()).toHaveLength(1)
  })

  it('delivers again after a restart what was under way when it stopped', async () => {
    await append(born('rex'))
    await start(
      {
        a: on(Born, () => {
          seen.push('try')
          throw new TypeError('always')
        }),
      },
      { mixins: [topics({ attempts: 1000, backoffMs: 50, maxBackoffMs: 50 })] },
    )
    await eventually(() => expect(seen.length).toBeGreaterThan(1))
    await broker.stop()
    expect(await log.lag('pets.events', 'shop')).toBe(1)
    expect(await buried()).toEqual([])
  })
})
