import { setTimeout as pause } from 'node:timers/promises'
import { ServiceBroker, type ServiceSchema } from 'moleculer'
import { brokerOptions } from '../../config/broker.ts'
import { type Actors, startActors } from '../../config/testing.ts'
import { attach } from '../../mixins/backends.ts'
import { call } from '../../mixins/contract/contract.ts'
import { leaveInOrder } from '../../mixins/contract/leaving.ts'
import { othersThatRun } from '../../mixins/contract/others.ts'
import { eventually } from '../../test/eventually.ts'
import executionsService from '../executions/executions.service.ts'
import { coordinator } from './coordinator.contract.ts'
import coordinatorService from './coordinator.service.ts'

describe('of two coordinators on two nodes', () => {
  let actors: Actors
  const brokers: ServiceBroker[] = []

  const node = async (nodeID: string, service: ServiceSchema) => {
    const options = brokerOptions({ nodeID, logLevel: null, transporter: 'Fake', stopDelay: 50 })
    const broker = new ServiceBroker(options)
    attach(broker, actors.backends)
    leaveInOrder(broker)
    broker.createService(service)
    brokers.push(broker)
    await broker.start()
    return broker
  }
  beforeAll(async () => {
    actors = await startActors([])
  })
  afterAll(async () => {
    for (const broker of brokers) await broker.stop()
    await actors.discard()
  })

  it('the one that leaves answers until the other leads', async () => {
    const caller = await node('caller', executionsService)
    const first = await node('first', coordinatorService)
    const offered = (broker: ServiceBroker) => broker.getLocalService('coordinator') !== undefined
    await eventually(() => expect(offered(first)).toBe(true))
    const second = await node('second', coordinatorService)
    await caller.waitForServices('coordinator')
    await eventually(() => expect(othersThatRun(first, 'coordinator-candidate')).toEqual(['second']))
    const holder = () => actors.backends.locks.lease('coordinator').current()
    expect([offered(second), (await holder())?.holder]).toEqual([false, 'first'])
    const answers = { ok: 0, failed: [] as string[] }
    let isOver = false
    const asking = async () => {
      while (!isOver) {
        await pause(5)
        await call(caller, coordinator.queue, {}, { retries: 0 }).then(
          () => answers.ok++,
          (error) => answers.failed.push(String(error)),
        )
      }
    }
    const asked = asking()
    await first.stop()
    const before = answers.ok
    await eventually(() => expect(answers.ok).toBeGreaterThan(before))
    isOver = true
    await asked
    expect([answers.failed, offered(second), (await holder())?.holder]).toEqual([[], true, 'second'])
  })
})
