import type { ExecutionSummary } from '../../services/executions/executions.contract.ts'
import { eventually } from '../eventually.ts'
import { Client, type Page } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'

let server: Greenroom
let client: Client

beforeAll(async () => {
  server = await startGreenroom({ env: { GREENROOM_SLOTS: '4' } })
  client = new Client(server.url)
})
afterAll(() => server.close())

const page = async (query = ''): Promise<Page> => {
  const { status, body } = await client.get<Page>(`/executions${query}`)
  expect({ query, status }).toEqual({ query, status: 200 })
  return body
}

/** Every page of a search, by the cursor of each; `between` happens after every page. */
const all = async (query: string, between: () => unknown = () => {}): Promise<ExecutionSummary[]> => {
  const items: ExecutionSummary[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const found: Page = await page(`?${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    items.push(...found.items)
    cursor = found.next
    await between()
  }
  return items
}

const submitMany = async (count: number, what: object) => {
  const views = []
  for (let i = 0; i < count; i++) views.push(await client.submit({ language: 'bash', source: 'true', ...what }))
  return views.map(({ id }) => id)
}

describe('the list of runs', () => {
  it('is empty, and has no next page, while there are none', async () => {
    expect(await page()).toEqual({ items: [], next: null })
  })

  it('has the newest first, without output, and every field that a run has beside it', async () => {
    const ids = await submitMany(3, { source: 'echo out', labels: { test: 'order' } })
    for (const id of ids) await client.ended(id)
    const { items } = await page('?label=test=order')
    expect(items.map(({ id }) => id)).toEqual(ids.toReversed())
    const alone = ['stdout', 'stderr', 'waiting', 'artifacts', 'artifactsNote']
    const whole = Object.entries(await client.show(ids[0]!))
    expect(items.at(-1)).toEqual(Object.fromEntries(whole.filter(([field]) => !alone.includes(field))))
  })

  it('is whole and without repetition page by page, while new runs arrive', async () => {
    const ids = await submitMany(23, { labels: { test: 'paging', odd: 'x' } })
    const arrive = () => submitMany(2, { labels: { test: 'paging' } })
    for (const limit of [1, 5, 7, 23, 200]) {
      const seen = (await all(`label=test=paging&limit=${limit}`, arrive)).map(({ id }) => id)
      expect(seen).toEqual(seen.toSorted().toReversed())
      expect(new Set(seen).size).toBe(seen.length)
      expect(ids.filter((id) => !seen.includes(id))).toEqual([])
    }
    const last = await page('?label=odd=x&limit=23')
    expect(last).toMatchObject({ items: { length: 23 }, next: null })
  })

  it('goes on after a cursor whose run has been deleted', async () => {
    const ids = await submitMany(6, { labels: { test: 'deleted' } })
    for (const id of ids) await client.ended(id)
    const first = await page('?label=test=deleted&limit=3')
    expect((await client.ask('DELETE', `/executions/${first.next}`)).status).toBe(204)
    const rest = await page(`?label=test=deleted&limit=3&cursor=${first.next}`)
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(ids.toReversed())
  })

  it('is narrowed by state, several states, language, alias of none, label, and all of them together', async () => {
    const labels = { test: 'filters', team: 'a=b:c' }
    const good = await client.run({ language: 'bash', source: 'true', labels })
    const bad = await client.run({ language: 'bash', source: 'exit 1', labels })
    const slow = await client.run({ language: 'python', source: 'while 1: pass', labels, limits: { cpuMs: 300 } })
    const find = async (query: string) => (await page(`?label=test=filters${query}`)).items.map(({ id }) => id)
    expect(await find('')).toEqual([slow.id, bad.id, good.id])
    expect(await find('&state=succeeded')).toEqual([good.id])
    expect(await find('&state=failed,timed_out')).toEqual([slow.id, bad.id])
    expect(await find('&language=python')).toEqual([slow.id])
    expect(await find('&language=PYTHON')).toEqual([slow.id])
    expect(await find('&language=bash&state=failed')).toEqual([bad.id])
    expect(await find('&state=running')).toEqual([])
    expect(await find('&language=cobol')).toEqual([])
    expect((await page(`?label=${encodeURIComponent('team=a=b:c')}`)).items).toHaveLength(3)
    expect((await page('?label=team=a')).items).toEqual([])
    expect((await page('?label=team:a%3Db%3Ac&state=succeeded')).items.map(({ id }) => id)).toEqual([good.id])
  })

  it('is narrowed by time of creation', async () => {
    const labels = { test: 'time' }
    const [first] = await submitMany(1, { labels })
    const before = await client.show(first!)
    await eventually(() => expect(Date.now()).toBeGreaterThan(Date.parse(before.createdAt)))
    const [second] = await submitMany(1, { labels })
    const { createdAt } = await client.show(second!)
    const at = encodeURIComponent(createdAt)
    expect((await page(`?label=test=time&since=${at}`)).items.map(({ id }) => id)).toEqual([second])
    expect((await page(`?label=test=time&until=${at}`)).items.map(({ id }) => id)).toEqual([first])
  })

  it.each([
    ['state=done', 'state'],
    ['state=succeeded,', 'state'],
    ['label=x', 'label'],
    ['label=a.b=c', 'label'],
    ['label=%24where=1', 'label'],
    ['since=yesterday', 'since'],
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=x', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=-1', 'limit'],
    ['colour=red', 'colour'],
    ['state=queued&state=failed', 'state'],
    ['state[ne]=failed', 'state'],
    ['cursor[lt]=1', 'cursor'],
    ['cursor=a&cursor=b', 'cursor'],
    ["cursor='", 'cursor'],
    ['cursor=%00', 'cursor'],
    ['cursor=..', 'cursor'],
    ['cursor=zzzz', 'cursor'],
    ['cursor=%F0%9F%8E%89', 'cursor'],
  ])('refuses %s, naming the parameter', async (query, field) => {
    const { status, body } = await client.refused('GET', `/executions?${query}`)
    expect({ status, fields: body.errors?.map((error) => error.field) }).toEqual({
      status: 422,
      fields: [expect.stringMatching(`^${field}`)],
    })
  })
})
