import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { answerUnreadable, refusal } from './unreadable.ts'

describe('what is no request', () => {
  it.each([
    ['HPE_HEADER_OVERFLOW', 431],
    ['ERR_HTTP_REQUEST_TIMEOUT', 408],
    ['HPE_INVALID_METHOD', 400],
    ['', 400],
  ])('with the fault %j is refused with a problem', (code, status) => {
    const [head = '', body = ''] = refusal(code).split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} [A-Z]`))
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`)
    expect(JSON.parse(body)).toEqual({
      type: expect.stringMatching(/^urn:greenroom:[a-z-]+$/),
      title: expect.any(String),
      status,
      detail: expect.stringMatching(/\.$/),
      errors: [],
      requestId: expect.any(String),
    })
  })
})

describe('a server', () => {
  let server: Server
  beforeEach(async () => {
    server = createServer((_req, res) => res.write('begun'))
    answerUnreadable(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const heard = async (...pieces: string[]) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.on('error', () => undefined)
    let text = ''
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) text += await once(socket, 'data')
      socket.write(piece)
    }
    socket.on('data', (more) => {
      text += more
    })
    await once(socket, 'close')
    return text
  }

  it('answers it, and ends the connection', async () => {
    expect(await heard('garbage\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*"status":400/s)
  })

  it('never writes into an answer that has begun', async () => {
    const text = await heard('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 'garbage\r\n\r\n')
    expect(text).toContain('begun')
    expect(text).not.toContain('urn:greenroom')
  })
})
