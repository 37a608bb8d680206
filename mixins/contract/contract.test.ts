import type { ServiceBroker } from 'moleculer'
import {
  broadcast,
  call,
  contract,
  event,
  fact,
  job,
  type Params,
  type Payload,
  type Result,
  signal,
} from './contract.ts'
import type { Infer, InferProps } from './schema.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Compiles only where both types are the same; the checks themselves are made by the compiler. */
const same = <_ extends true>() => expect(true).toBe(true)
type Flat<T> = { [K in keyof T]: T[K] }

const zoo = contract('zoo', {
  feed: {
    about: 'Feeds an animal.',
    rest: { method: 'POST', path: '/animals/:id/feed', status: 202 },
    params: { $$strict: true, id: { type: 'string' }, grams: { type: 'number', optional: true } },
    returns: { state: { type: 'enum', values: ['full', 'hungry'] } },
  },
  names: { about: 'All names.', params: {}, returns: { $$root: true, type: 'array', items: { type: 'string' } } },
  close: { about: 'Closes.', params: {} },
})

const Fed = event({ name: 'zoo.fed', topic: 'zoo', about: '', key: 'id', payload: { id: { type: 'string' } } })

describe('a contract', () => {
  it('names every action after its service', () => {
    expect(Object.values(zoo).map(({ name }) => name)).toEqual(['zoo.feed', 'zoo.names', 'zoo.close'])
    expect(zoo.feed.rest).toEqual({ method: 'POST', path: '/animals/:id/feed', status: 202 })
  })

  it('types parameters and answers by what was declared', () => {
    same<Equal<Flat<Params<typeof zoo.feed>>, { id: string; grams?: number }>>()
    same<Equal<Flat<Result<typeof zoo.feed>>, { state: 'full' | 'hungry' }>>()
    same<Equal<Result<typeof zoo.names>, string[]>>()
    same<Equal<Result<typeof zoo.close>, void>>()
  })

  it('is called by name, with parameters that fit or not at all', async () => {
    const calls: unknown[] = []
    const via = { call: async (...all: unknown[]) => void calls.push(all) } as unknown as ServiceBroker
    await call(via, zoo.feed, { id: 'rex', grams: 3 }, { timeout: 5 })
    expect(calls).toEqual([['zoo.feed', { id: 'rex', grams: 3 }, { timeout: 5 }]])
    const wrong = () => [
      // @ts-expect-error a parameter is missing
      call(via, zoo.feed, {}),
      // @ts-expect-error a parameter has another type
      call(via, zoo.feed, { id: 7 }),
      // @ts-expect-error there is no such parameter
      call(via, zoo.feed, { id: 'rex', gram: 3 }),
      // @ts-expect-error there is no such action
      call(via, zoo.fed, {}),
    ]
    expect(wrong).toBeInstanceOf(Function)
  })
})

describe('a fact, a signal and a job', () => {
  it('carry a payload of the declared type', () => {
    expect(fact(Fed, { id: 'rex' })).toEqual({ contract: Fed, payload: { id: 'rex' } })
    // @ts-expect-error the payload has no such field
    expect(fact(Fed, { id: 'rex', name: 'Rex' }).contract).toBe(Fed)
    same<Equal<Flat<Payload<typeof Fed>>, { id: string }>>()
    const Walk = job({ name: 'zoo.walk', about: '', payload: { id: { type: 'string' } } })
    same<Equal<Flat<Payload<typeof Walk>>, { id: string }>>()
  })

  it('reach every node by name', () => {
    const sent: unknown[] = []
    const Heard = signal({ name: 'zoo.heard', about: '', payload: { id: { type: 'string' } } })
    const via = { broadcast: async (...all: unknown[]) => void sent.push(all) } as unknown as ServiceBroker
    broadcast(via, Heard, { id: 'rex' })
    expect(sent).toEqual([['zoo.heard', { id: 'rex' }]])
    // @ts-expect-error the payload misses a field
    expect(() => broadcast(via, Heard, {})).not.toThrow()
  })
})

describe('a rule', () => {
  it('is a type', () => {
    same<Equal<Infer<{ type: 'string'; nullable: true }>, string | null>>()
    same<Equal<Infer<{ type: 'enum'; values: readonly ['a', 'b']; nullable: true }>, 'a' | 'b' | null>>()
    same<Equal<Infer<{ type: 'array'; items: { type: 'number' } }>, number[]>>()
    same<Equal<Infer<{ type: 'record'; value: { type: 'boolean' } }>, Record<string, boolean>>>()
    same<Equal<Infer<{ type: 'multi'; rules: readonly [{ type: 'string' }, { type: 'number' }] }>, string | number>>()
    same<Equal<Infer<{ type: 'object' }>, Record<string, unknown>>>()
    same<Equal<Infer<{ type: 'any' }>, unknown>>()
  })

  it('of an object is the type of its fields; what has a default may be left out', () => {
    type Props = InferProps<{ $$strict: true; a: { type: 'string' }; b: { type: 'number'; default: 1 } }>
    same<Equal<Flat<Props>, { a: string; b?: number }>>()
    same<Equal<Flat<Infer<{ type: 'object'; props: { a: { type: 'string' } } }>>, { a: string }>>()
  })
})
