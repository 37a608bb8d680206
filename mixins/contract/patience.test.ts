import { ServiceBroker } from 'moleculer'
import { brokerOptions } from '../../config/broker.ts'
import { call, contract } from './contract.ts'
import { callWhenThere, NOT_SENT, patience as patient } from './patience.ts'

const clerk = contract('clerk', {
  ask: { about: '', params: { $$strict: true, id: { type: 'string' } }, returns: { said: { type: 'string' } } },
})
const patience = { forMs: 5000, tryMs: 1000, absent: NOT_SENT }

describe('a call to an actor that may be on its way', () => {
  let broker: ServiceBroker

  const arrive = (ask: () => unknown) => broker.createService({ name: 'clerk', actions: { ask } })
  beforeEach(async () => {
    broker = new ServiceBroker(brokerOptions({ logLevel: null }))
    await broker.start()
  })
  afterEach(() => broker.stop())

  it('waits for it', async () => {
    const said = callWhenThere(broker, clerk.ask, { id: '1' }, patience)
    setTimeout(() => arrive(() => ({ said: 'here' })), 100)
    expect(await said).toEqual({ said: 'here' })
  })

  it('ends when it does not come', async () => {
    const said = callWhenThere(broker, clerk.ask, { id: '1' }, { ...patience, forMs: 100 })
    await expect(said).rejects.toMatchObject({ type: 'SERVICE_NOT_FOUND' })
  })

  it('throws what it refuses at once, and asks once', async () => {
    let asked = 0
    arrive(() => {
      asked++
      throw Object.assign(new TypeError('no'), { type: 'QUEUE_FULL' })
    })
    await expect(callWhenThere(broker, clerk.ask, { id: '1' }, patience)).rejects.toMatchObject({ type: 'QUEUE_FULL' })
    expect(asked).toBe(1)
  })
})

describe('any call of a node', () => {
  let broker: ServiceBroker

  const arrive = (said: string) => broker.createService({ name: 'clerk', actions: { ask: () => ({ said }) } })
  const ask = (options?: object) => call(broker, clerk.ask, { id: '1' }, options)
  const absent = { type: expect.stringMatching(/^SERVICE_NOT_/) }

  beforeEach(async () => {
    broker = new ServiceBroker({ ...brokerOptions({ logLevel: null }), middlewares: [patient()] })
    await broker.start()
  })
  afterEach(() => broker.stop())

  it('waits for an actor of which one process has left and another has yet to come', async () => {
    const first = arrive('first')
    expect(await ask()).toEqual({ said: 'first' })
    await broker.destroyService(first)
    const said = ask()
    await expect(ask({ retries: 0 })).rejects.toMatchObject(absent)
    arrive('second')
    expect(await said).toEqual({ said: 'second' })
  })

  it('waits for nobody when its own node leaves', async () => {
    const said = expect(ask()).rejects.toMatchObject(absent)
    await broker.stop()
    await said
  })
})
