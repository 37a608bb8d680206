import { ServiceBroker } from 'moleculer'
import { brokerOptions } from '../../config/broker.ts'
import { contract } from './contract.ts'
import { callWhenThere, NOT_SENT } from './patience.ts'

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
