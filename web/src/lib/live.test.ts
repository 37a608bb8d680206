import type { ServerResponse } from 'node:http'
import { eventually } from '../../../test/eventually.ts'
import { PageWorld } from '../../test/page-world.ts'
import { Live } from './live.svelte.ts'
import type { SseEvent } from './sse.ts'

const EVENTS = Array.from({ length: 9 }, (_, index) => ({ id: index + 1, event: index === 8 ? 'end' : 'output' }))

const tell = (response: ServerResponse, from: number, to: number) => {
  for (const { id, event } of EVENTS.slice(from, to)) response.write(`id: ${id}\nevent: ${event}\ndata: ${id}\n\n`)
}

describe('the live stream of a run', () => {
  let world: PageWorld | undefined
  afterEach(() => world?.leave())

  const heard: SseEvent[] = []
  const follow = () => {
    heard.length = 0
    const live = new Live('a run', (event) => heard.push(event))
    return { live, closed: live.open() }
  }

  it('comes back with its cursor when it is cut, losing and repeating nothing', async () => {
    const cursors: unknown[] = []
    world = await PageWorld.serve((request, response) => {
      const from = Number(request.headers['last-event-id'] ?? 0)
      cursors.push(request.headers['last-event-id'])
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      tell(response, from, from + 3)
      // The connection is cut in the middle of an event.
      if (from < 6) response.write('id: 99\nevent: outp', () => response.destroy())
      else response.end()
    })
    const { live, closed } = follow()
    await closed
    expect(heard.map(({ data }) => Number(data))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(cursors).toEqual([undefined, '3', '6'])
    expect(live.link).toBe('idle')
  })

  it('ends without knocking again when there is no such run', async () => {
    let knocks = 0
    world = await PageWorld.serve((_, response) => {
      knocks++
      response.writeHead(404, { 'content-type': 'application/problem+json' })
      response.end(JSON.stringify({ status: 404, detail: 'There is no such run.' }))
    })
    const { live, closed } = follow()
    await closed
    expect([live.problem?.message, knocks]).toEqual(['There is no such run.', 1])
  })

  it('says that it is lost while nobody answers, and hurries when asked', async () => {
    let isDown = true
    world = await PageWorld.serve((_, response) => {
      if (isDown) return response.destroy()
      response.writeHead(200)
      tell(response, 0, 9)
      response.end()
    })
    const { live, closed } = follow()
    await eventually(() => expect(live.link).toBe('lost'))
    isDown = false
    live.hurry()
    await closed
    expect(heard.length).toBe(9)
  })

  it('stops when it is closed', async () => {
    world = await PageWorld.serve((_, response) => {
      response.writeHead(200)
      tell(response, 0, 1)
    })
    const { live, closed } = follow()
    await eventually(() => expect(heard.length).toBe(1))
    live.close()
    await closed
  })
})
