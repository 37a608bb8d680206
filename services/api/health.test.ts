import type { Service, ServiceSchema } from 'moleculer'
import { type Actors, startActors } from '../../config/testing.ts'
import { leaveInOrder } from '../../mixins/contract/leaving.ts'
import { eventually } from '../../test/eventually.ts'
import coordinatorService from '../coordinator/coordinator.service.ts'
import executionsService from '../executions/executions.service.ts'
import liveService from '../live/live.service.ts'
import resultsService from '../results/results.service.ts'
import runsService from '../runs/runs.service.ts'
import type { Exchange } from './exchange.ts'
import { ready } from './health.ts'

const services = [executionsService, coordinatorService, liveService, resultsService, runsService]

describe('a door', () => {
  let actors: Actors
  afterEach(() => actors.discard())

  const answer = async (): Promise<{ status: number; body: string }> => {
    let status = 0
    let body = ''
    const res = {
      setHeader: () => res,
      writeHead(code: number) {
        status = code
        return res
      },
      end(bytes: Buffer) {
        body = String(bytes)
      },
    }
    await ready({ broker: actors.broker } as Service)({ method: 'GET', headers: {} } as Exchange, res as never)
    return { status, body }
  }
  const start = async (actorsThere: ServiceSchema[]) => {
    actors = await startActors(actorsThere, { settings: { slots: 1 } })
  }

  it('stays ready while an actor that was there changes its node, and says which', async () => {
    await start(services)
    await eventually(async () => expect(await answer()).toMatchObject({ status: 200 }))
    await actors.broker.destroyService(actors.broker.getLocalService('live'))
    const { status, body } = await answer()
    expect([status, body]).toEqual([200, expect.stringContaining('No node that runs live is connected.')])
  })

  it('is not ready before every actor has been there', async () => {
    await start(services.filter((service) => service !== liveService))
    const { status, body } = await answer()
    expect([status, body]).toEqual([503, expect.stringContaining('No node that runs live is connected.')])
  })

  it('is not ready from the moment that it is told to leave', async () => {
    await start(services)
    leaveInOrder(actors.broker)
    await eventually(async () => expect(await answer()).toMatchObject({ status: 200 }))
    const left = actors.broker.stop()
    expect(await answer()).toMatchObject({ status: 503 })
    await left
  })
})
