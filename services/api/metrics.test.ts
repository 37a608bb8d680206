import { ServerResponse } from 'node:http'
import { ServiceBroker, type ServiceSchema } from 'moleculer'
import { createMetrics, metricsPage } from './metrics.ts'

describe('the page of metrics', () => {
  let broker: ServiceBroker
  let open: { topic: string; cause: string; count: number }[] | null

  beforeEach(async () => {
    open = [{ topic: 'executions.events', cause: 'TYPE_UNKNOWN', count: 2 }]
    broker = new ServiceBroker({ logger: false })
    const actions = {
      open() {
        if (open === null) throw new RangeError('away')
        return open
      },
    }
    broker.createService({ name: 'deadletters', actions } as unknown as ServiceSchema)
    await broker.start()
  })
  afterEach(() => broker.stop())

  it('counts open dead letters by topic and cause, and says what it last knew while nobody can', async () => {
    const page = metricsPage({ broker } as never, createMetrics(), () => 0)
    const shown = async () => {
      const res = new ServerResponse({ method: 'GET' } as never)
      let text = ''
      res.end = ((body: string) => {
        text = body
      }) as never
      await page({ method: 'GET' } as never, res)
      return text.split('\n').filter((line) => line.startsWith('greenroom_dead_letters_open'))
    }
    const line = (cause: string, count: number) =>
      `greenroom_dead_letters_open{topic="executions.events",cause="${cause}"} ${count}`
    expect(await shown()).toEqual([line('TYPE_UNKNOWN', 2)])
    open = null
    expect(await shown()).toEqual([line('TYPE_UNKNOWN', 2)])
    open = [{ topic: 'executions.events', cause: 'PROCESS_DIED', count: 1 }]
    expect(await shown()).toEqual([line('PROCESS_DIED', 1)])
  })
})
