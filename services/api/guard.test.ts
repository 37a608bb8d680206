import { type Gate, guard, guardPage, isLoopbackHost } from './guard.ts'

type Request = Parameters<typeof guard>[0]

const TOKEN = 'x'.repeat(40)
const open: Gate = { token: null }
const closed: Gate = { token: TOKEN }

const request = (headers: Record<string, string> = {}, remoteAddress: string | undefined = '127.0.0.1') =>
  ({
    headers: { host: 'localhost:3000', ...headers },
    headersDistinct: { host: [headers.host ?? 'localhost:3000'] },
    socket: { remoteAddress },
  }) as unknown as Request

const refused = expect.objectContaining({ type: 'REFUSED', code: 403 })
const unknown = expect.objectContaining({ type: 'NOT_AUTHENTICATED', code: 401 })

describe('a server without a token', () => {
  it.each(['localhost', 'LOCALHOST:80', '127.0.0.1', '127.0.0.1:3000', '127.9.9.9:1', '[::1]', '[::1]:3000'])(
    'serves requests to the host %j',
    (host) => {
      expect(() => guard(request({ host }), open)).not.toThrow()
    },
  )

  it.each([
    ...['', 'example.com', 'localhost.example.com', 'localhost:3000.example.com', 'evil.localhost', '127.0.0.1.nip.io'],
    ...['127.1', '2130706433', '0.0.0.0', '0x7f000001', '[::]', '[::ffff:127.0.0.1]', '::1', 'localhost@example.com'],
    ...['localhost:3000:80', 'localhost/', 'localhost ', '[::1', 'user@127.0.0.1', '128.0.0.1', '10.0.0.1'],
  ])('refuses requests to the host %j', (host) => {
    expect(isLoopbackHost(host)).toBe(false)
    expect(() => guard(request({ host }), open)).toThrow(refused)
    expect(() => guardPage(request({ host }), open)).toThrow(refused)
  })

  it('refuses requests to several hosts at once', () => {
    const several = { ...request(), headersDistinct: { host: ['localhost', 'example.com'] } }
    expect(() => guard(several, open)).toThrow(expect.objectContaining({ code: 400, type: 'BAD_HOST' }))
    expect(() => guardPage(several, open)).toThrow(expect.objectContaining({ code: 400, type: 'BAD_HOST' }))
  })

  it.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])('serves the client %s', (address) => {
    expect(() => guard(request({}, address), open)).not.toThrow()
    expect(() => guardPage(request({}, address), open)).not.toThrow()
  })

  it.each(['10.0.0.1', '::ffff:10.0.0.1', '::', 'fe80::1', '128.0.0.1', ''])('refuses the client %j', (address) => {
    expect(() => guard(request({}, address), open)).toThrow(refused)
    expect(() => guardPage(request({}, address), open)).toThrow(refused)
  })

  it('believes no header about where a client is', () => {
    const forged = { forwarded: 'for=127.0.0.1', 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1' }
    expect(() => guard(request(forged, '10.0.0.1'), open)).toThrow(refused)
  })

  it('serves its own page, and refuses every other origin', () => {
    expect(() => guard(request({ origin: 'http://localhost:3000' }), open)).not.toThrow()
    for (const origin of [
      'http://localhost:3001',
      'http://127.0.0.1:3000',
      'https://evil.example',
      'null',
      'file://',
      '',
    ])
      expect(() => guard(request({ origin }), open)).toThrow(refused)
  })

  it.each([
    ['same-origin', true],
    ['none', true],
    ['same-site', false],
    ['cross-site', false],
    ['', false],
  ])('with Sec-Fetch-Site %j serves: %s', (site, isServed) => {
    const asked = () => guard(request({ 'sec-fetch-site': site }), open)
    if (isServed) expect(asked).not.toThrow()
    else expect(asked).toThrow(refused)
  })

  it('shows its page to whoever followed a link from elsewhere', () => {
    expect(() =>
      guardPage(request({ 'sec-fetch-site': 'cross-site', origin: 'https://other.example' }), open),
    ).not.toThrow()
  })
})

describe('a server with a token', () => {
  const carrying = (authorization: string, more = {}) =>
    request({ authorization, host: 'greenroom.example', ...more }, '10.0.0.1')

  it('serves whoever carries it, from anywhere', () => {
    expect(() => guard(carrying(`Bearer ${TOKEN}`), closed)).not.toThrow()
    expect(() => guard(carrying(`bearer ${TOKEN}`), closed)).not.toThrow()
  })

  it.each([
    '',
    TOKEN,
    `Basic ${TOKEN}`,
    'Bearer ',
    `Bearer ${TOKEN.slice(1)}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${'y'.repeat(40)}`,
  ])('does not know whoever sends %j, on this machine neither', (authorization) => {
    expect(() => guard(carrying(authorization), closed)).toThrow(unknown)
    expect(() => guard(request({ authorization }), closed)).toThrow(unknown)
  })

  it('refuses other origins even with it', () => {
    const bearer = `Bearer ${TOKEN}`
    expect(() => guard(carrying(bearer, { origin: 'https://evil.example' }), closed)).toThrow(refused)
    expect(() => guard(carrying(bearer, { origin: 'https://greenroom.example' }), closed)).not.toThrow()
  })

  it('shows its page to everybody, since the page holds nothing', () => {
    expect(() => guardPage(request({ host: 'greenroom.example' }, '10.0.0.1'), closed)).not.toThrow()
  })
})
