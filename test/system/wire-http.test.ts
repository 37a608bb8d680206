import { setTimeout as pause } from 'node:timers/promises'
import { Client } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'
import { answerOn, dial, exchange, written } from './socket.ts'

const JSON_TYPE = { 'Content-Type': 'application/json' }
const BODY = JSON.stringify({ language: 'bash', source: 'true' })
const LIMIT = 12 * 1024 * 1024

let server: Greenroom
let client: Client

beforeAll(async () => {
  server = await startGreenroom()
  client = new Client(server.url)
})
afterAll(() => server.close())

const post = (headers: Record<string, string | null>, body: string, path = '/api/v1/executions') =>
  exchange(server.url, written(server.url, `POST ${path} HTTP/1.1`, headers, body))

const problem = (status: number, type: string) => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: expect.stringContaining(`"type":"urn:greenroom:${type}"`),
})

describe('a body', () => {
  it.each([
    ['no type at all', { 'Content-Type': null }],
    ['text', { 'Content-Type': 'text/plain' }],
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['a form of parts', { 'Content-Type': 'multipart/form-data; boundary=x' }],
    ['something that only begins like JSON', { 'Content-Type': 'application/json-patch+json' }],
    ['something that only holds the word', { 'Content-Type': 'text/plain; application/json' }],
    ['JSON in disguise', { ...JSON_TYPE, 'Content-Encoding': 'gzip' }],
  ])('that is %s gets 415', async (_, headers) => {
    expect(await post(headers, BODY)).toMatchObject(problem(415, 'unsupported-media-type'))
  })

  it('may say its type in any case and with a charset', async () => {
    const { status } = await post({ 'Content-Type': 'Application/JSON; charset=utf-8' }, BODY)
    expect(status).toBe(202)
  })

  it.each([
    ['{', 'broken JSON'],
    ['{"language":"bash","source":"true",}', 'a trailing comma'],
    ['null', 'null'],
    ['[]', 'a list'],
    ['"x"', 'a text'],
    ['NaN', 'no JSON value'],
  ])('of %s gets 400: it is %s', async (body) => {
    expect(await post(JSON_TYPE, body)).toMatchObject(problem(400, 'bad-body'))
  })

  it.each([
    ['a lone continuation byte', [0x80]],
    ['half a character', [0xc3]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a byte that never occurs', [0xff]],
  ])('that is invalid UTF-8, with %s, gets 400', async (_, bytes) => {
    const body = Buffer.concat([Buffer.from('{"language":"bash","source":"'), Buffer.from(bytes), Buffer.from('"}')])
    expect(await client.refused('POST', '/executions', body)).toMatchObject({
      status: 400,
      body: { type: 'urn:greenroom:bad-body' },
    })
  })

  it('that names a field twice is taken as JavaScript takes it: the last one counts', async () => {
    const answer = await client.ask(
      'POST',
      '/executions?wait=60',
      '{"language":"cobol","language":"bash","source":"echo 1","source":"echo 2"}',
    )
    expect(answer).toMatchObject({ status: 200, body: { stdout: '2\n' } })
  })

  it('that is larger than the limit gets 413, announced or not, and its sender hears it', async () => {
    const large = `{"source":"${'x'.repeat(LIMIT)}"}`
    expect(await post(JSON_TYPE, large)).toMatchObject(problem(413, 'body-too-large'))
    expect((await client.refused('POST', '/executions', large)).body.detail).toContain(`${LIMIT} bytes`)
    const chunked = written(server.url, 'POST /api/v1/executions HTTP/1.1', {
      ...JSON_TYPE,
      'Transfer-Encoding': 'chunked',
    })
    const piece = `100000\r\n${'x'.repeat(0x100000)}\r\n`.repeat(13)
    expect(await exchange(server.url, `${chunked}${piece}0\r\n\r\n`)).toMatchObject(problem(413, 'body-too-large'))
  })

  it('that ends too early accepts nothing', async () => {
    const before = (await client.get<{ items: unknown[] }>('/executions?limit=200')).body.items.length
    const socket = await dial(server.url)
    socket.end(
      written(server.url, 'POST /api/v1/executions HTTP/1.1', { ...JSON_TYPE, 'Content-Length': '500' }) + BODY,
    )
    await answerOn(socket)
    expect((await client.get<{ items: unknown[] }>('/executions?limit=200')).body.items).toHaveLength(before)
  })

  it('may come slowly, byte by byte, while others are served at once', async () => {
    const socket = await dial(server.url)
    const text = written(server.url, 'POST /api/v1/executions HTTP/1.1', JSON_TYPE, BODY)
    const answer = answerOn(socket)
    let others = 0
    for (const byte of text) {
      socket.write(byte)
      await pause(4)
      if (byte === '\n') others += Number((await client.get('//health/live')).status === 200)
    }
    expect(others).toBeGreaterThan(3)
    expect((await answer).status).toBe(202)
  })

  it('of a GET is of no interest', async () => {
    const text = written(server.url, 'GET /api/v1/runtimes HTTP/1.1', { 'Content-Type': 'text/plain' }, 'hello')
    expect((await exchange(server.url, text)).status).toBe(200)
  })
})

describe('an address', () => {
  it.each([
    ['GET', '/nothing'],
    ['GET', '/executions/none'],
    ['GET', `/executions/${'x'.repeat(40)}`],
    ['POST', '/executions/none/cancel'],
    ['POST', '/executions/none/retry'],
    ['DELETE', '/executions/none'],
    ['GET', '/executions/none/output'],
    ['GET', '/executions/none/stream'],
    ['GET', '/executions/none/program'],
    ['GET', '/executions/..%2f..%2fetc%2fpasswd'],
    ['GET', '/executions/%00'],
    ['GET', "/executions/'%20or%201=1"],
    ['GET', '//api/v2/executions'],
    ['GET', '//api/executions'],
    ['GET', '//executions.json'],
  ])('that does not exist gets 404: %s %s', async (method, path) => {
    const answer = await client.refused(method, path)
    expect(answer).toMatchObject({ status: 404, body: { status: 404, title: 'Not found', errors: [] } })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
  })

  it.each([
    ['PUT', '/executions', 'POST, GET, HEAD'],
    ['DELETE', '/executions', 'POST, GET, HEAD'],
    ['PATCH', '/executions/x', 'GET, HEAD, DELETE'],
    ['GET', '/executions/x/cancel', 'POST'],
    ['POST', '/executions/x/output', 'GET, HEAD'],
    ['POST', '/runtimes', 'GET, HEAD'],
    ['OPTIONS', '/executions', 'POST, GET, HEAD'],
    ['POST', '//health/live', 'GET, HEAD'],
    ['DELETE', '//metrics', 'GET, HEAD'],
  ])('gets 405 and the methods that there are: %s %s', async (method, path, allowed) => {
    const answer = await client.refused(method, path)
    expect(answer).toMatchObject({ status: 405, body: { type: 'urn:greenroom:method-not-allowed' } })
    expect(answer.headers.get('allow')?.split(', ').sort()).toEqual(allowed.split(', ').sort())
  })

  it.each(['%', '%zz', '%c0%af', '%ed%a0%80'])(
    'with the broken escape %j is refused, not an error of ours',
    async (part) => {
      const answer = await exchange(server.url, written(server.url, `GET /api/v1/executions/${part} HTTP/1.1`))
      expect([400, 404]).toContain(answer.status)
      expect(answer.headers['content-type']).toBe('application/problem+json')
    },
  )

  it('that somebody asks about with OPTIONS does nothing, whatever method they mean', async () => {
    const { id } = await client.submit({ language: 'bash', source: 'sleep 0.5; echo whole' })
    for (const [method, path] of [
      ['POST', `/executions/${id}/cancel`],
      ['DELETE', `/executions/${id}`],
      ['GET', '/runtimes'],
    ]) {
      const headers = { 'Access-Control-Request-Method': method! }
      const answer = await exchange(server.url, written(server.url, `OPTIONS /api/v1${path} HTTP/1.1`, headers))
      expect({ path, status: answer.status }).toEqual({ path, status: 405 })
    }
    expect(await client.ended(id)).toMatchObject({ state: 'succeeded', stdout: 'whole\n' })
  })

  it('takes HEAD wherever it takes GET, with the same length and no body', async () => {
    for (const path of ['/runtimes', '/examples', '/openapi.json', '/executions?limit=1']) {
      const head = await client.ask('HEAD', path)
      expect({ path, status: head.status, bytes: head.bytes.length }).toEqual({ path, status: 200, bytes: 0 })
    }
  })
})

describe('a request', () => {
  it('of HTTP/1.0 without a Host is refused in words, since nothing says that it means this machine', async () => {
    const answer = await exchange(server.url, 'GET /api/v1/runtimes HTTP/1.0\r\n\r\n')
    expect(answer).toMatchObject(problem(403, 'refused'))
    expect((await exchange(server.url, 'GET /api/v1/runtimes HTTP/1.0\r\nHost: localhost\r\n\r\n')).status).toBe(200)
  })

  it.each(['x', '<script>', 'a b', 'ä'.repeat(50), 'x'.repeat(5000), '{"a":1}', '../../etc', '__proto__'])(
    'gets a request id of ours where its own is nonsense: %j',
    async (id) => {
      const headers = { 'X-Request-ID': Buffer.from(id).toString('latin1') }
      const answer = await exchange(server.url, written(server.url, 'GET /api/v1/executions/none HTTP/1.1', headers))
      expect(answer.status).toBe(404)
      expect(JSON.parse(answer.body).requestId).toMatch(/^[0-9a-f-]{36}$|^__proto__$/)
    },
  )

  it('keeps a sensible request id of its own, and finds it in the answer', async () => {
    const { body } = await client.refused('GET', '/executions/none', undefined, { 'X-Request-ID': 'my-request-0042' })
    expect(body.requestId).toBe('my-request-0042')
  })

  it('that is no HTTP, or has headers without end, is cut off and hurts nobody', async () => {
    expect((await exchange(server.url, 'HELLO\r\n\r\n')).status).toBe(400)
    const headers = `X-Long: ${'x'.repeat(100_000)}`
    expect((await exchange(server.url, `GET / HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n`)).status).toBe(431)
    const smuggled = written(
      server.url,
      'POST /api/v1/executions HTTP/1.1',
      { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' },
      BODY,
    )
    expect((await exchange(server.url, smuggled)).status).toBe(400)
    expect((await client.get('//health/ready')).status).toBe(200)
  })
})
