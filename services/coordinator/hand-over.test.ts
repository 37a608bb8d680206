import { setTimeout as pause } from 'node:timers/promises'
import { ServiceBroker, type ServiceSchema } from 'moleculer'
import { brokerOptions } from '../../config/broker.ts'
import { type Actors, imagined, startActors } from '../../config/testing.ts'
import { attach } from '../../mixins/backends.ts'
import { broadcast, call } from '../../mixins/contract/contract.ts'
import { leaveInOrder } from '../../mixins/contract/leaving.ts'
import { othersThatRun } from '../../mixins/contract/others.ts'
import { eventually } from '../../test/eventually.ts'
import { executions } from '../executions/executions.contract.ts'
import executionsService from '../executions/executions.service.ts'
import { WorkerReported } from '../runs/runs.events.ts'
import { coordinator } from './coordinator.contract.ts'
import coordinatorService from './coordinator.service.ts'

/** A run that nobody took up is told of again by its saga, later than this. */
const BEFORE_IT_IS_TOLD_AGAIN_MS = 12_000

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
  it('no run is forgotten that was accepted while the lead changed hands', async () => {
    const caller = await node('door', executionsService)
    const leads = await node('third', coordinatorService)
    // The second of the test before leaves, the third takes over while runs are accepted, one after the other.
    const leaves = brokers.find(({ nodeID }) => nodeID === 'second') as ServiceBroker
    await eventually(() => expect(othersThatRun(leaves, 'coordinator-candidate')).toContain('third'))
    const { runtime: _, ...offered } = imagined
    const offers = [{ ...offered, maxima: actors.backends.settings.maxima }]
    const worker = { node: 'w', slots: 0, busy: 0, draining: false, trusted: false, offers }
    const beat = setInterval(() => broadcast(caller, WorkerReported, worker), 200)
    await caller.waitForServices('coordinator')
    await eventually(async () => expect(await call(caller, coordinator.runtimes, {})).toHaveLength(1))
    const ids: string[] = []
    const submit = async () => {
      const { id } = await call(
        caller,
        executions.submit,
        { language: 'python', source: '' },
        { meta: { user: 'ann' } },
      )
      ids.push(id)
    }
    const left = leaves.stop()
    let isOver = false
    void left.then(() => {
      isOver = true
    })
    while (!isOver && ids.length < 900) await submit()
    await submit()
    await eventually(async () => {
      expect(leads.getLocalService('coordinator')).toBeDefined()
      const { waiting } = await call(leads, coordinator.queue, { limit: 1000 })
      expect(new Set(waiting.map(({ id }) => id))).toEqual(new Set(ids))
    }, BEFORE_IT_IS_TOLD_AGAIN_MS)
    clearInterval(beat)
  })
})
