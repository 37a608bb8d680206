import { PageWorld } from '../../../test/page-world.ts'
import { EVERY_RUN } from '../../lib/route.ts'
import { RunsPage } from './page.svelte.ts'

describe('the page of runs', () => {
  let world: PageWorld | undefined
  let runs: { id: string; state: string }[] = []
  let asked: URLSearchParams[] = []
  let page: RunsPage

  beforeEach(async () => {
    runs = Array.from({ length: 60 }, (_, index) => ({ id: `r${100 + index}`, state: 'succeeded' })).reverse()
    asked = []
    world = await PageWorld.serve((request, response) => {
      const url = new URL(request.url ?? '', 'http://x')
      asked.push(url.searchParams)
      const id = /executions\/([^/]+)/.exec(url.pathname)?.[1]
      if (id === 'r158' && request.method === 'DELETE') return response.writeHead(409).end('{"detail":"not ended"}')
      if (id) runs = runs.filter((run) => run.id !== id)
      const cursor = url.searchParams.get('cursor')
      const left = cursor ? runs.filter((run) => run.id < cursor) : runs
      const items = left.slice(0, 50)
      const next = left.length > 50 ? items.at(-1)?.id : null
      response.writeHead(200).end(JSON.stringify({ items, next }))
    })
    page = new RunsPage()
    await page.open({ ...EVERY_RUN, state: 'succeeded' })
  })
  afterEach(() => world?.leave())

  it('asks for its filter and loads page after page', async () => {
    expect(asked[0]?.toString()).toBe('state=succeeded&limit=50')
    await page.more()
    expect([page.items.length, page.next]).toEqual([60, null])
    expect(page.more()).toBeUndefined()
  })

  it('lets new runs wait, and updates those on screen where they are', async () => {
    runs = [
      { id: 'r999', state: 'running' },
      ...runs.map((run) => (run.id === 'r159' ? { ...run, state: 'failed' } : run)),
    ]
    await page.refresh()
    expect([page.items[0], page.items.length, page.fresh.map(({ id }) => id)]).toEqual([
      { id: 'r159', state: 'failed' },
      50,
      ['r999'],
    ])
    await page.showFresh()
    expect([page.items[0]?.id, page.fresh.length]).toEqual(['r999', 0])
  })

  it('deletes what can be deleted, and keeps the rest chosen', async () => {
    for (const id of ['r159', 'r158']) page.choose(id, true)
    expect(await page.remove(['r159', 'r158'])).toBe(1)
    expect([...page.chosen]).toEqual(['r158'])
    expect(page.items.map(({ id }) => id)).not.toContain('r159')
    await expect(page.remove(['r158'])).rejects.toMatchObject({ message: 'not ended', status: 409 })
  })

  it('says that it is not up to date while nobody answers', async () => {
    await world?.leave()
    world = undefined
    await page.refresh()
    expect([page.stale, page.items.length]).toEqual([true, 50])
  })
})
