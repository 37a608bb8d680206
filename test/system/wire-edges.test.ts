import { once } from 'node:events'
import { request } from 'node:http'
import { Client } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'
import { exchange, written } from './socket.ts'

const JSON_TYPE = { 'Content-Type': 'application/json' }
const BODY = JSON.stringify({ language: 'bash', source: 'true' })
const SUBMIT = 'POST /api/v1/executions HTTP/1.1'

let server: Greenroom
let client: Client

beforeAll(async () => {
  server = await startGreenroom()
  client = new Client(server.url)
})
afterAll(() => server.close())

const problem = (status: number, type: string) => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: expect.stringContaining(`"type":"urn:greenroom:${type}"`),
})

describe('a request', () => {
  it('whose body is announced as too large gets 413 before any of it has come', async () => {
    const headers = { ...JSON_TYPE, 'Content-Length': '99999999999' }
    expect(await exchange(server.url, written(server.url, SUBMIT, headers))).toMatchObject(
      problem(413, 'body-too-large'),
    )
  })

  it('that is refused before its body is read hears why, however much it still has to send', async () => {
    for (const type of ['text/plain', 'application/json']) {
      const answer = await client.refused('POST', '/executions', 'x'.repeat(40 * 2 ** 20), { 'content-type': type })
      expect(answer.status).toBe(type === 'text/plain' ? 415 : 413)
    }
  })

  it('with several Host headers gets 400', async () => {
    const both = written(server.url, SUBMIT, JSON_TYPE, BODY).replace('\r\n', '\r\nHost: evil.example\r\n')
    const others = written(server.url, SUBMIT, JSON_TYPE, BODY).replace(
      '\r\nConnection',
      '\r\nHost: evil\r\nConnection',
    )
    expect(await exchange(server.url, others)).toMatchObject(problem(400, 'bad-host'))
    expect(await exchange(server.url, both)).toMatchObject(problem(400, 'bad-host'))
  })

  it.each([
    ['that is no HTTP', 'hello\r\n\r\n', 400],
    ['whose headers have no end', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
    [
      'with two lengths',
      `${SUBMIT}\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
  ])('%s gets a problem like every other', async (_, bytes, status) => {
    const answer = await exchange(server.url, bytes)
    expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/problem+json' } })
    expect(JSON.parse(answer.body)).toMatchObject({ status, errors: [], requestId: expect.any(String) })
  })

  it.each(['utf-16', 'iso-8859-1'])('whose body claims to be in %s gets 415', async (charset) => {
    const headers = { 'Content-Type': `application/json; charset=${charset}` }
    expect(await exchange(server.url, written(server.url, SUBMIT, headers, BODY))).toMatchObject(
      problem(415, 'unsupported-media-type'),
    )
  })

  it('whose input is no base64 names the field that holds it', async () => {
    const stdin = { content: '!', encoding: 'base64' }
    const { body } = await client.refused('POST', '/executions', { language: 'bash', source: 'cat', stdin })
    expect(body.errors).toEqual([{ field: 'stdin.content', message: 'stdin.content: is not valid base64.' }])
  })

  it('for an id that is longer than any gets 404', async () => {
    const id = 'a'.repeat(65)
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/cancel'],
      ['GET', '/output'],
      ['GET', '/stream'],
    ])
      expect(await client.refused(method!, `/executions/${id}${path}`)).toMatchObject({
        status: 404,
        body: { type: 'urn:greenroom:not-found' },
      })
  })
})

describe('the stream of a run that goes on', () => {
  it('is answered to HEAD without an event', async () => {
    const { id } = await client.hold()
    const { headers, bytes } = await client.ask('HEAD', `/executions/${id}/stream`)
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(bytes).toHaveLength(0)
    await client.release(id)
    await client.ended(id)
  })
})

describe('the bytes of a run', () => {
  it('are whole for who asks for the rest of a version that it knows', async () => {
    const { id } = await client.run({ language: 'bash', source: 'printf 0123456789' })
    const headers = { Range: 'bytes=4-', 'If-Range': '"of-yesterday"' }
    const { status, bytes } = await client.get(`/executions/${id}/output`, headers)
    expect([status, String(bytes)]).toEqual([200, '0123456789'])
  })

  it('reach a slow reader whole, and nothing piles up for it', async () => {
    const source = "head -c 8000000 /dev/zero | tr '\\0' a"
    const { id } = await client.run({ language: 'bash', source })
    const req = request(`${server.url}/api/v1/executions/${id}/output`).end()
    const [res] = await once(req, 'response')
    let bytes = 0
    for await (const piece of res) {
      bytes += piece.length
      await new Promise(setImmediate)
    }
    expect(bytes).toBe(8_000_000)
    expect(server.log()).not.toContain('MaxListeners')
  })
})
