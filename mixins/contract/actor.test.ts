import { type Service, ServiceBroker } from 'moleculer'
import { eventually } from '../../test/eventually.ts'
import { actor, hear } from './actor.ts'
import { broadcast, call, contract, signal } from './contract.ts'

const door = contract('door', {
  knock: {
    about: 'Knocks.',
    rest: { method: 'POST', path: '/knock', status: 202 },
    params: { $$strict: true, times: { type: 'number', integer: true, min: 1 } },
    returns: { knocks: { type: 'number' }, by: { type: 'string' } },
    refuses: ['NOBODY_HOME'],
  },
})
const Rung = signal({ name: 'door.rung', about: 'Rung.', payload: { who: { type: 'string' } } })

type Own = { knocks: number; heard: string[] }
type Self = Service & Own

const schema = actor()('door', door, {
  state: (): Own => ({ knocks: 0, heard: [] }),
  actions: {
    knock(ctx) {
      this.knocks += ctx.params.times
      return { knocks: this.knocks, by: ctx.meta.user ?? 'local' }
    },
  },
  signals: hear(Rung, function (this: Self, { who }) {
    this.heard.push(who)
  }),
})

describe('an actor', () => {
  let broker: ServiceBroker
  let service: Self

  beforeEach(async () => {
    broker = new ServiceBroker({ logger: false })
    service = broker.createService(schema) as Self
    await broker.start()
  })
  afterEach(() => broker.stop())

  it('answers by its contract, in its own state, and knows on whose behalf', async () => {
    expect(await call(broker, door.knock, { times: 2 })).toEqual({ knocks: 2, by: 'local' })
    expect(await call(broker, door.knock, { times: 1 }, { meta: { user: 'ann' } })).toEqual({ knocks: 3, by: 'ann' })
  })

  it('refuses what its contract does not allow', async () => {
    await expect(call(broker, door.knock, { times: 0 })).rejects.toThrow(expect.objectContaining({ code: 422 }))
    const extra = { times: 1, hard: true }
    await expect(broker.call(door.knock.name, extra)).rejects.toThrow(expect.objectContaining({ code: 422 }))
    expect(service.knocks).toBe(0)
  })

  it('has a state for each instance', async () => {
    const other = new ServiceBroker({ logger: false })
    const twin = other.createService(schema) as Self
    await call(broker, door.knock, { times: 5 })
    expect([service.knocks, twin.knocks]).toEqual([5, 0])
    expect(twin.heard).not.toBe(service.heard)
  })

  it('hears signals', async () => {
    broadcast(broker, Rung, { who: 'postman' })
    await eventually(() => expect(service.heard).toEqual(['postman']))
  })

  it('announces to other nodes what they must know, and not the documentation', () => {
    const action = (service.schema.actions as Record<string, object>).knock
    expect(action).toMatchObject({ params: door.knock.params, rest: door.knock.rest })
    for (const part of ['about', 'returns', 'refuses']) expect(action).not.toHaveProperty(part)
  })

  it('does not compile without a handler, or with one that breaks the contract', () => {
    const make = actor()
    const wrong = () => [
      // @ts-expect-error an action has no handler
      make('door', door, { actions: {} }),
      // @ts-expect-error the answer misses a field
      make('door', door, { actions: { knock: () => ({ knocks: 1 }) } }),
      // @ts-expect-error there is no such parameter
      make('door', door, { actions: { knock: (ctx) => ({ knocks: ctx.params.time, by: '' }) } }),
      make('door', door, {
        actions: {
          knock() {
            // @ts-expect-error there is no such method
            return { knocks: 1, by: this.typo() }
          },
        },
      }),
    ]
    expect(wrong).toBeInstanceOf(Function)
  })
})
