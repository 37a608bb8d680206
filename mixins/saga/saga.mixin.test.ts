import { ServiceBroker, type ServiceSchema } from 'moleculer'
import { eventually } from '../../test/eventually.ts'
import { attach, type Backends } from '../backends.ts'
import { scratch } from '../sqlite/scratch.ts'
import type { Document, Documents } from '../store/documents.ts'
import { sqliteDocuments } from '../store/sqlite.ts'
import { type Store, store } from '../store/store.mixin.ts'
import { sqliteTopics } from '../topics/sqlite.ts'
import { type Saga, saga } from './saga.mixin.ts'
import { abort, begin, type SagaPlan, type SagaState, settle } from './saga.ts'

type Trip = Document & { saga: SagaState; note: string }
type Trips = Store<Trip> & Saga<Trip>
/** What a step does to the world; a rejection is a step that failed. */
type World = (step: string, trip: Trip) => Promise<void>

const COLLECTION = 'trips'
// For a step to be done and stored, before anybody takes it for one that has failed.
const LONG_ENOUGH_MS = 500

const planOf = (world: World, patienceMs: number): SagaPlan<Trip> => {
  const patience = () => patienceMs
  const does = (name: string) => (trip: Trip) => world(name, trip)
  return [
    { name: 'seat', settles: 'effect', perform: does('seat'), compensate: does('free seat'), patienceMs: patience },
    { name: 'ticket', settles: 'effect', perform: does('ticket'), compensate: does('refund'), patienceMs: patience },
    { name: 'travel', settles: 'news', perform: does('travel'), patienceMs: patience },
    { name: 'thank', settles: 'effect', perform: does('thank'), patienceMs: patience },
  ]
}

describe('sagas of an actor', () => {
  let file: ReturnType<typeof scratch>
  let documents: Documents
  const brokers: ServiceBroker[] = []

  beforeEach(() => {
    file = scratch()
    documents = sqliteDocuments(file.database, sqliteTopics(file.database))
  })
  afterEach(async () => {
    for (const broker of brokers.splice(0)) await broker.stop()
    await file.discard()
  })

  /** One more node of the actor, over the same documents. */
  const node = async (plan: SagaPlan<Trip>, sweepMs = 10) => {
    const broker = new ServiceBroker({ logger: false, nodeID: `n${brokers.length}` })
    attach(broker, { store: documents } as unknown as Backends)
    const own = store<Trip>({ name: COLLECTION, indexes: [['saga.due']] }, (id) => new TypeError(id))
    const mixins = [own, saga<Trip>({ collection: COLLECTION, plan: () => plan, sweepMs })]
    const trips = broker.createService({ name: 'trips', mixins } as ServiceSchema) as unknown as Trips
    await broker.start()
    brokers.push(broker)
    return trips
  }

  const stored = (id = 't') => documents.get<Trip>(COLLECTION, id)
  const bare = (id = 't'): Trip => ({ id, rev: 1, note: '', saga: begin([], {}, 0) })
  const depart = async (trips: Trips, plan: SagaPlan<Trip>, id = 't') => {
    const trip = bare(id)
    return trips.create({ state: { ...trip, saga: begin(plan, trip, Date.now()) }, facts: [] })
  }
  const news = (trips: Trips, plan: SagaPlan<Trip>) =>
    trips.change('t', (trip) => ({ state: { ...trip, saga: settle(plan, trip.saga, trip, Date.now()) }, facts: [] }))

  const recorded = () => {
    const done: string[] = []
    const world: World = async (step) => void done.push(step)
    return { done, world }
  }

  it('store the outcome of a step before the next begins', async () => {
    const seen: string[] = []
    const plan = planOf(async (step) => void seen.push(`${step} at ${(await stored())?.saga.step}`), 60_000)
    const trips = await node(plan)
    await trips.proceed(await depart(trips, plan))
    expect(seen).toEqual(['seat at seat', 'ticket at ticket', 'travel at travel'])
    expect((await stored())?.rev).toBe(3)
  })

  it('wait for news where a step says so, and rest after the last', async () => {
    const { done, world } = recorded()
    const plan = planOf(world, 60_000)
    const trips = await node(plan)
    await trips.proceed(await depart(trips, plan))
    await trips.proceed(await news(trips, plan))
    expect(done).toEqual(['seat', 'ticket', 'travel', 'thank'])
    expect((await stored())?.saga).toMatchObject({ step: null, due: Number.MAX_SAFE_INTEGER })
  })

  it('compensate in reverse order when they are given up', async () => {
    const { done, world } = recorded()
    const plan = planOf(world, 60_000)
    const trips = await node(plan)
    await trips.proceed(await depart(trips, plan))
    const given = await trips.change('t', (trip) => ({
      state: { ...trip, saga: abort(plan, trip.saga, trip, Date.now()) },
      facts: [],
    }))
    await trips.proceed(given)
    expect(done.slice(3)).toEqual(['refund', 'free seat'])
    expect((await stored())?.saga.step).toBeNull()
  })

  it('are taken up by another node when the one that began them is gone', async () => {
    const dead = planOf(() => new Promise(() => {}), 20)
    const trips = await node(dead, 60_000)
    void trips.proceed(await depart(trips, dead))
    const { done, world } = recorded()
    await node(planOf(world, 60_000))
    await eventually(() => expect(done).toEqual(['seat', 'ticket', 'travel']))
  })

  it('repeat a step that failed until it succeeds, and nothing that has succeeded', async () => {
    const done: string[] = []
    let failures = 2
    const world: World = async (step) => {
      done.push(step)
      if (step === 'ticket' && failures-- > 0) throw new RangeError('sold out')
    }
    const plan = planOf(world, LONG_ENOUGH_MS)
    const trips = await node(plan)
    await trips.proceed(await depart(trips, plan))
    await eventually(() => expect(done.slice(0, 5)).toEqual(['seat', 'ticket', 'ticket', 'ticket', 'travel']))
  })

  it('repeat what gives back, too, and let no deadline turn them round', async () => {
    const done: string[] = []
    let failures = 2
    const world: World = async (step) => {
      done.push(step)
      if (step === 'refund' && failures-- > 0) throw new RangeError('bank is closed')
    }
    const plan = planOf(world, LONG_ENOUGH_MS).map((step) =>
      step.name === 'ticket'
        ? { ...step, overdue: (trip: Trip) => ({ state: { ...trip, note: 'late' }, facts: [] }) }
        : step,
    )
    const trips = await node(plan)
    const trip = bare()
    const at = { step: 'ticket', direction: 'back', due: Date.now(), tries: 0 } as const
    await trips.create({ state: { ...trip, saga: at }, facts: [] })
    await eventually(async () => expect((await stored())?.saga.step).toBeNull())
    expect(done).toEqual(['refund', 'refund', 'refund', 'free seat'])
    expect((await stored())?.note).toBe('')
  })

  it('let the deadline of a step act', async () => {
    const { done, world } = recorded()
    const plan = planOf(world, 60_000).map((step) =>
      step.name === 'travel'
        ? {
            ...step,
            patienceMs: () => 10,
            overdue: (trip: Trip, now: number) => {
              const state = { ...trip, note: 'late' }
              return { state: { ...state, saga: settle(plan, state.saga, state, now) }, facts: [] }
            },
          }
        : step,
    ) as SagaPlan<Trip>
    const trips = await node(plan)
    await trips.proceed(await depart(trips, plan))
    await eventually(async () => expect(await stored()).toMatchObject({ note: 'late', saga: { step: null } }))
    expect(done).toEqual(['seat', 'ticket', 'travel', 'thank'])
  })

  it('let one of two nodes win, so that a deadline acts once', async () => {
    let acts = 0
    const plan = planOf(async () => {}, 10).map((step) =>
      step.name === 'travel'
        ? {
            ...step,
            overdue: (trip: Trip) => {
              const saga = { step: null, direction: 'forward' as const, due: Number.MAX_SAFE_INTEGER, tries: 0 }
              return { state: { ...trip, note: `${trip.note}x`, saga }, facts: [] }
            },
          }
        : step,
    )
    const nodes = [await node(plan, 1), await node(plan, 1), await node(plan, 1)]
    for (let id = 0; id < 20; id++) await nodes[0]!.proceed(await depart(nodes[0]!, plan, `t${id}`))
    await eventually(async () => expect(await documents.count(COLLECTION, { note: 'x' })).toBe(20))
    for (let id = 0; id < 20; id++) acts += (await stored(`t${id}`))?.note.length ?? 0
    expect(acts).toBe(20)
  })

  it('go on although one of them cannot be taken up', async () => {
    const { done, world } = recorded()
    const plan = planOf(world, 10)
    const broken = plan.map((step) => ({
      ...step,
      patienceMs: ({ id }: Trip) => {
        if (id === 'broken') throw new RangeError('broken')
        return 10
      },
    }))
    const trips = await node(broken)
    const due = { step: 'seat', direction: 'forward', due: 0, tries: 0 } as const
    for (const id of ['broken', 't']) await trips.create({ state: { ...bare(id), saga: due }, facts: [] })
    await eventually(() => expect(done).toContain('travel'))
  })
})
