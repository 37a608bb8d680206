import { createHash } from 'node:crypto'
import { Client } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'

let server: Greenroom
let client: Client

beforeAll(async () => {
  server = await startGreenroom({ env: { GREENROOM_SLOTS: '2' } })
  client = new Client(server.url)
})
afterAll(() => server.close())

const echo = `
import sys
print("ready", flush=True)
for line in sys.stdin: print("got", line.rstrip(), flush=True)
print("end")`

const start = (more: object = {}) => client.submit({ language: 'python', source: echo, interactive: true, ...more })
const send = (id: string, body: object) => client.refused('POST', `/executions/${id}/stdin`, body)

describe('the input of an interactive run', () => {
  it('reaches the program as it is sent, until it is closed', async () => {
    const { id } = await start()
    await client.untilPrinted(id, 'ready\n')
    expect(await send(id, { content: 'one\n' })).toMatchObject({ status: 202, body: { acceptedBytes: 4 } })
    await client.untilPrinted(id, 'got one\n')
    await send(id, { content: 'two ' })
    await send(id, { content: 'and three\n' })
    await client.untilPrinted(id, 'got two and three\n')
    expect((await client.show(id)).state).toBe('running')
    expect(await send(id, { close: true })).toMatchObject({ status: 202, body: { acceptedBytes: 0 } })
    expect(await client.ended(id)).toMatchObject({
      state: 'succeeded',
      stdout: 'ready\ngot one\ngot two and three\nend\n',
    })
  })

  it('takes the last bytes and the close together', async () => {
    const { id } = await start()
    await send(id, { content: 'last\n', close: true })
    expect(await client.ended(id)).toMatchObject({ stdout: 'ready\ngot last\nend\n' })
  })

  it('comes after the input of the submission', async () => {
    const { id } = await start({ stdin: 'first\n' })
    await send(id, { content: 'second\n', close: true })
    expect(await client.ended(id)).toMatchObject({ stdout: 'ready\ngot first\ngot second\nend\n' })
  })

  it('waits for a program that waits for its turn, and keeps its order', async () => {
    const busy = [(await client.hold()).id, (await client.hold()).id]
    const { id, state } = await start()
    expect(state).toBe('queued')
    for (let i = 0; i < 20; i++) await send(id, { content: `${i}\n` })
    await send(id, { close: true })
    await client.release(...busy)
    const lines = Array.from({ length: 20 }, (_, i) => `got ${i}\n`).join('')
    expect(await client.ended(id)).toMatchObject({ stdout: `ready\n${lines}end\n` })
    for (const other of busy) await client.ended(other)
  })

  it('is exact where it is binary, and whole where it is large', async () => {
    const source = 'import sys, hashlib; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'
    const { id } = await start({ source })
    const pieces = Array.from({ length: 8 }, (_, i) => Buffer.alloc(700_000, i + 250))
    for (const piece of pieces)
      expect((await send(id, { content: piece.toString('base64'), encoding: 'base64' })).status).toBe(202)
    await send(id, { close: true })
    const digest = createHash('sha256').update(Buffer.concat(pieces)).digest('hex')
    expect(await client.ended(id)).toMatchObject({ stdout: `${digest}\n` })
  })

  it('may be larger than what a program reads that ends by itself', async () => {
    const { id } = await start({ source: 'import sys; sys.stdin.read(3); print("enough")' })
    const answers = [
      await send(id, { content: 'x'.repeat(1_000_000) }),
      await send(id, { content: 'x'.repeat(1_000_000) }),
    ]
    expect([202, 409]).toContain(answers[1]!.status)
    expect(await client.ended(id)).toMatchObject({ state: 'succeeded', stdout: 'enough\n' })
  })

  it('takes no more after its close, or after the end of the run', async () => {
    const { id } = await start({ source: 'import sys, time; sys.stdin.read(); time.sleep(600)' })
    await send(id, { close: true })
    const closed = { status: 409, body: { type: 'urn:greenroom:stdin-closed' } }
    expect(await send(id, { content: 'x' })).toMatchObject(closed)
    expect(await send(id, { close: true })).toMatchObject(closed)
    await client.cancel(id)
    await client.ended(id)
    expect(await send(id, { content: 'x' })).toMatchObject({ status: 409, body: { state: 'cancelled' } })
  })

  it('closed twice at one moment is closed once', async () => {
    const { id } = await start()
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(id, { close: true })))
    expect(answers.every(({ status }) => status === 202 || status === 409)).toBe(true)
    expect(await client.ended(id)).toMatchObject({ state: 'succeeded', stdout: 'ready\nend\n' })
  })
})

describe('the input of a run that is not interactive', () => {
  it('takes nothing', async () => {
    const { id } = await client.submit({ language: 'bash', source: 'sleep 600' })
    const answer = await send(id, { content: 'x' })
    expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringMatching(/not interactive/) } })
    await client.cancel(id)
    await client.ended(id)
  })
})

describe('input that is refused', () => {
  it.each([
    [{ content: 1 }, 'content'],
    [{ content: 'x'.repeat(1_048_577) }, 'content'],
    [{ content: 'x', encoding: 'hex' }, 'encoding'],
    [{ content: '!!', encoding: 'base64' }, 'content'],
    [{ content: '\ud800' }, 'content'],
    [{ close: 'yes' }, 'close'],
    [{ data: 'x' }, 'data'],
    [{ content: null }, 'content'],
    [{}, 'content'],
  ])('%j names its field and reaches nobody', async (body, field) => {
    const { id } = await start({ source: 'import sys; print(repr(sys.stdin.read()))' })
    const text = JSON.stringify(body)
    const answer = await client.refused('POST', `/executions/${id}/stdin`, text)
    expect({ status: answer.status, fields: answer.body.errors?.map((error) => error.field) }).toEqual({
      status: 422,
      fields: [field],
    })
    await send(id, { close: true })
    expect(await client.ended(id)).toMatchObject({ stdout: "''\n" })
  })

  it('for nobody gets 404', async () => {
    expect((await send('none', { content: 'x' })).status).toBe(404)
  })
})
