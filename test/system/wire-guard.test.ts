import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from './client.ts'
import { freePort, type Greenroom, launch, startGreenroom } from './greenroom.ts'
import { exchange, written } from './socket.ts'

const BODY = JSON.stringify({ language: 'bash', source: 'true' })
const TOKEN = 'a-secret-of-more-than-32-characters-0123456789'

type Headers = Record<string, string | null>
const get = async (server: Greenroom, headers: Headers, path = '/api/v1/runtimes') =>
  (await exchange(server.url, written(server.url, `GET ${path} HTTP/1.1`, headers))).status

const post = async (server: Greenroom, headers: Headers) => {
  const all = { 'Content-Type': 'application/json', ...headers }
  return (await exchange(server.url, written(server.url, 'POST /api/v1/executions HTTP/1.1', all, BODY))).status
}

describe('without accounts', () => {
  let server: Greenroom
  beforeAll(async () => {
    server = await startGreenroom()
  })
  afterAll(() => server.close())

  it.each(['localhost', 'LOCALHOST', 'localhost:1', '127.0.0.1', '127.1.2.3:80', '[::1]:3000', '[::1]'])(
    'a request to the Host %s is served',
    async (host) => {
      expect(await get(server, { Host: host })).toBe(200)
    },
  )

  it.each([
    ...[
      'evil.example',
      'evil.example:80',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '0.0.0.0',
      '192.168.1.1',
    ],
    ...[
      '[::2]',
      'localhost@evil.example',
      'evil.example#localhost',
      '2130706433',
      '127.1',
      'localhost:x',
      '',
      'a, localhost',
    ],
  ])('a request to the Host %j is refused, the page and health included', async (host) => {
    for (const path of ['/api/v1/runtimes', '/api/v1/executions', '/metrics', '/health', '/'])
      expect({ path, status: await get(server, { Host: host }, path) }).toEqual({ path, status: 403 })
    expect(await post(server, { Host: host })).toBe(403)
  })

  it.each([
    'http://evil.example',
    'https://evil.example',
    'null',
    'http://localhost:1',
    'file://',
    'http://127.0.0.1.evil.example',
  ])('a request from the Origin %s is refused', async (origin) => {
    expect(await get(server, { Origin: origin })).toBe(403)
    expect(await post(server, { Origin: origin })).toBe(403)
  })

  it.each(['cross-site', 'same-site', 'nonsense'])('a request with Sec-Fetch-Site: %s is refused', async (site) => {
    expect(await get(server, { 'Sec-Fetch-Site': site })).toBe(403)
    expect(await post(server, { 'Sec-Fetch-Site': site })).toBe(403)
  })

  it('a request from its own page is served', async () => {
    const own = { Origin: server.url, 'Sec-Fetch-Site': 'same-origin' }
    expect(await get(server, own)).toBe(200)
    expect(await post(server, own)).toBe(202)
    expect(await get(server, { 'Sec-Fetch-Site': 'none' })).toBe(200)
  })

  it('no answer allows another origin to read it', async () => {
    const preflight = { Origin: 'http://evil.example', 'Access-Control-Request-Method': 'POST' }
    const answer = await exchange(server.url, written(server.url, 'OPTIONS /api/v1/executions HTTP/1.1', preflight))
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    })
  })

  it('headers of proxies change nothing', async () => {
    const forged = { 'X-Forwarded-Host': 'localhost', 'X-Forwarded-For': '127.0.0.1', Forwarded: 'host=localhost' }
    expect(await get(server, { ...forged, Host: 'evil.example' })).toBe(403)
  })
})

describe('with a token', () => {
  let server: Greenroom
  beforeAll(async () => {
    server = await startGreenroom({ env: { GREENROOM_TOKEN: TOKEN, GREENROOM_HOST: '127.0.0.1' } })
  })
  afterAll(() => server.close())

  it('whoever carries it is served, by whatever name', async () => {
    const client = new Client(server.url, { Authorization: `Bearer ${TOKEN}` })
    expect(await client.run({ language: 'bash', source: 'echo in' })).toMatchObject({ stdout: 'in\n' })
    expect(await get(server, { Authorization: `bearer ${TOKEN}`, Host: 'greenroom.example' })).toBe(200)
  })

  it.each([
    null,
    ...['', 'Bearer', 'Bearer ', `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(0, -1)}`, `Basic ${TOKEN}`, TOKEN],
    ...[`Bearer ${TOKEN.toUpperCase()}`, `Bearer  ${TOKEN} x`],
  ])('whoever says %j instead is not', async (authorization) => {
    for (const path of ['/api/v1/runtimes', '/api/v1/executions/x/stream', '/metrics'])
      expect(await get(server, { Authorization: authorization }, path)).toBe(401)
    expect(await post(server, { Authorization: authorization })).toBe(401)
  })

  it('a page elsewhere is refused even with it, and it is never written to the log', async () => {
    expect(await post(server, { Authorization: `Bearer ${TOKEN}`, Origin: 'http://evil.example' })).toBe(403)
    expect(server.log()).not.toContain(TOKEN)
  })

  it('health tells whether it lives without one', async () => {
    expect(await get(server, {}, '/health/live')).toBe(200)
    expect(await get(server, {}, '/health/ready')).toBe(200)
  })
})

describe('starting', () => {
  const refusal = async (env: Record<string, string>) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'greenroom-refused-'))
    let said = ''
    const port = String(await freePort())
    const child = launch({ GREENROOM_PORT: port, GREENROOM_DATA: dataDir, ...env }, (text) => {
      said += text
    })
    const code = await new Promise((resolve) => child.once('exit', resolve))
    rmSync(dataDir, { recursive: true, force: true })
    return { code, said }
  }

  it.each(['0.0.0.0', '::', '192.0.2.1', 'greenroom.example'])(
    'on %s without a token is refused, with what to do',
    async (host) => {
      const { code, said } = await refusal({ GREENROOM_HOST: host })
      expect(code).toBe(1)
      expect(said).toMatch(/^Greenroom cannot start: GREENROOM_HOST is ".*GREENROOM_TOKEN.*32 characters.*\.\n$/)
    },
  )

  it('with a short token, an unknown setting or a wrong value is refused, and a secret is not repeated', async () => {
    const short = await refusal({ GREENROOM_TOKEN: 'hunter2' })
    expect(short).toMatchObject({ code: 1, said: expect.stringContaining('GREENROOM_TOKEN has 7 characters') })
    expect(short.said).not.toContain('hunter2')
    expect((await refusal({ GREENROOM_SLOTZ: '3' })).said).toContain('did you mean GREENROOM_SLOTS?')
    expect((await refusal({ GREENROOM_SLOTS: 'many' })).said).toMatch(
      /^Greenroom cannot start: GREENROOM_SLOTS is "many"/,
    )
  })
})
