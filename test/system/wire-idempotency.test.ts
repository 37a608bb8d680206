import { eventually } from '../eventually.ts'
import { Client, type Page, type Request } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'

let server: Greenroom
let client: Client

beforeAll(async () => {
  server = await startGreenroom()
  client = new Client(server.url)
})
afterAll(() => server.close())

const hello: Request = { language: 'bash', source: 'echo hello', args: ['a'], labels: { a: '1', b: '2' } }
const submit = (body: unknown, key: string, query = '') =>
  client.refused('POST', `/executions${query}`, body, { 'Idempotency-Key': key })
const count = async () => (await client.get<Page>('/executions?limit=200')).body.items.length

describe('a submission with an Idempotency-Key', () => {
  it('gives the first run again when it is repeated, before and after its end, and runs once', async () => {
    const before = await count()
    const first = await client.submit(hello, { 'Idempotency-Key': 'once' })
    expect((await client.submit(hello, { 'Idempotency-Key': 'once' })).id).toBe(first.id)
    await client.ended(first.id)
    const again = await client.ask('POST', '/executions', hello, { 'Idempotency-Key': 'once' })
    expect(again).toMatchObject({ status: 202, body: { id: first.id, state: 'succeeded', stdout: 'hello\n' } })
    expect(again.headers.get('location')).toBe(`/api/v1/executions/${first.id}`)
    const waited = await client.ask('POST', '/executions?wait=10', hello, { 'Idempotency-Key': 'once' })
    expect(waited).toMatchObject({ status: 200, body: { id: first.id } })
    expect(await count()).toBe(before + 1)
  })

  it('is the same whatever the order of its fields', async () => {
    const first = await client.submit(hello, { 'Idempotency-Key': 'order' })
    const turned = '{"labels":{"b":"2","a":"1"},"args":["a"],"source":"echo hello","language":"bash"}'
    expect(await submit(turned, 'order')).toMatchObject({ status: 202, body: { id: first.id } })
  })

  it.each([
    ['source', { ...hello, source: 'echo other' }],
    ['arguments', { ...hello, args: [] }],
    ['labels', { ...hello, labels: { a: '1' } }],
    ['one more field', { ...hello, retries: 0 }],
    ['order of arguments', { ...hello, args: ['b', 'a'] }],
  ])('gets 409 when its %s differs, and nothing runs', async (what, body) => {
    const key = `conflict ${what}`
    await client.submit({ ...hello, args: what.startsWith('order') ? ['a', 'b'] : ['a'] }, { 'Idempotency-Key': key })
    const before = await count()
    expect(await submit(body, key)).toMatchObject({ status: 409, body: { type: 'urn:greenroom:idempotency-conflict' } })
    expect(await count()).toBe(before)
  })

  it('takes keys of 1 to 255 characters and refuses 256', async () => {
    expect(await submit(hello, 'k'.repeat(255))).toMatchObject({ status: 202 })
    expect(await submit(hello, 'k'.repeat(256))).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'Idempotency-Key' }] },
    })
    expect(await submit(hello, '')).toMatchObject({ status: 422, body: { errors: [{ field: 'Idempotency-Key' }] } })
  })

  it('that was refused leaves its key free', async () => {
    expect((await submit({ ...hello, language: 'cobol' }, 'again')).status).toBe(422)
    expect((await submit(hello, 'again')).status).toBe(202)
  })

  it('sent thirty times at one moment runs once', async () => {
    const before = await count()
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => client.submit(hello, { 'Idempotency-Key': 'rush' })),
    )
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
    expect(await count()).toBe(before + 1)
    expect(await client.ended(answers[0]!.id)).toMatchObject({ state: 'succeeded' })
  })

  it('sent at one moment with two bodies takes one of them and refuses the other', async () => {
    const bodies = Array.from({ length: 20 }, (_, i) => ({ ...hello, args: [i % 2 ? 'odd' : 'even'] }))
    const answers = await Promise.all(bodies.map((body) => submit(body, 'race')))
    const taken = new Set(
      answers.filter(({ status }) => status === 202).map(({ body }) => (body as { id?: string }).id),
    )
    expect(taken.size).toBe(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(10)
  })

  it('leaves no place in the line behind, however often it is repeated', async () => {
    await Promise.all(Array.from({ length: 30 }, () => client.submit(hello, { 'Idempotency-Key': 'line' })))
    const { items } = (await client.get<Page>('/executions?limit=200')).body
    for (const { id } of items) await client.ended(id)
    // The line hears of an end a moment after the run has it.
    await eventually(async () => {
      const { body } = await client.get<{ queue: { length: number; running: number } }>('//health')
      expect(body.queue).toMatchObject({ length: 0, running: 0 })
    })
  })

  it('remembers its key when the server starts again', async () => {
    const first = await client.submit(hello, { 'Idempotency-Key': 'kept' })
    await client.ended(first.id)
    await server.restart()
    expect((await client.submit(hello, { 'Idempotency-Key': 'kept' })).id).toBe(first.id)
  })
})
