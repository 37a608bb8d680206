import type { ServerResponse } from 'node:http'
import { eventually } from '../../../test/eventually.ts'
import { bodyOf, PageWorld } from '../../test/page-world.ts'
import { Feed } from './feed.svelte.ts'

const hop = (event: string, attempt: number) => ({ at: '2026-01-01T00:00:00.000Z', event, node: null, attempt })
const accepted = {
  id: 'r',
  state: 'queued',
  attempt: 1,
  interactive: true,
  startedAt: null,
  timeline: [hop('queued', 1)],
}
const ended = { ...accepted, state: 'succeeded', attempt: 2 }

describe('a run on screen', () => {
  let world: PageWorld | undefined
  let tell: (event: string, data: unknown) => void
  const typed: Record<string, unknown>[] = []
  let feed: Feed

  beforeEach(async () => {
    let told = 0
    let isOpen = false
    typed.length = 0
    world = await PageWorld.serve(async (request, response: ServerResponse) => {
      if (request.url?.endsWith('/stream')) {
        response.writeHead(200)
        tell = (event, data) => response.write(`id: ${++told}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
        isOpen = true
        return response.flushHeaders()
      }
      if (request.url?.endsWith('/stdin')) typed.push(await bodyOf(request))
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(accepted))
    })
    feed = new Feed()
    await feed.attach('r')
    await eventually(() => expect(isOpen).toBe(true))
    tell('state', { ...hop('queued', 1), state: 'queued' })
  })
  afterEach(async () => {
    feed.detach()
    await world?.leave()
  })

  const rows = () => Array.from({ length: feed.output.lines.length }, (_, row) => feed.output.lines.text(row))

  it('takes states from the stream, but none that it knows already', async () => {
    tell('state', { ...hop('scheduled', 1), state: 'scheduled' })
    tell('state', { ...hop('running', 1), state: 'running' })
    await eventually(() => expect(feed.execution?.state).toBe('running'))
    expect(feed.execution?.timeline.map(({ event }) => event)).toEqual(['queued', 'scheduled', 'running'])
    expect(feed.execution?.startedAt).not.toBeNull()
  })

  it('shows the output of the last attempt alone', async () => {
    tell('state', { ...hop('running', 1), state: 'running' })
    tell('output', { stream: 'stdout', offset: 0, text: 'first\n' })
    await eventually(() => expect(rows()).toEqual(['first']))
    tell('state', { ...hop('running', 2), state: 'running' })
    tell('output', { stream: 'stdout', offset: 0, text: 'second\n' })
    tell('end', ended)
    await eventually(() => expect(feed.execution?.state).toBe('succeeded'))
    expect(rows()).toEqual(['second'])
    expect([feed.active, feed.stdinOpen]).toEqual([false, false])
  })

  it('sends what is typed, shows it, and closes the input', async () => {
    await feed.type('Ada')
    await feed.closeStdin()
    expect(typed).toEqual([{ content: 'Ada\n' }, { close: true }])
    expect(rows()).toEqual(['Ada'])
    expect(feed.stdinOpen).toBe(false)
  })
})
