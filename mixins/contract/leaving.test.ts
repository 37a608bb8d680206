import { ServiceBroker } from 'moleculer'
import { brokerOptions } from '../../config/broker.ts'
import { beforeLeaving, isLeaving, leaveInOrder } from './leaving.ts'

describe('a node that is asked to stop', () => {
  it('hands over once, while it still serves, and stops after that', async () => {
    const broker = new ServiceBroker(brokerOptions({ logLevel: null, stopDelay: 0 }))
    leaveInOrder(broker)
    const events: string[] = []
    const handingOver = Promise.withResolvers<void>()
    beforeLeaving(broker, async () => {
      events.push(broker.started ? 'hands over' : 'too late')
      await handingOver.promise
    })
    broker.createService({
      name: 'clerk',
      actions: { ask: () => 'served' },
      stopped: () => void events.push('stopped'),
    })
    await broker.start()
    expect(isLeaving(broker)).toBe(false)
    const left = [broker.stop(), broker.stop()]
    expect([isLeaving(broker), await broker.call('clerk.ask')]).toEqual([true, 'served'])
    handingOver.resolve()
    await Promise.all(left)
    expect(events).toEqual(['hands over', 'stopped'])
  })
})
