import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Streams } from '../../mixins/streams/streams.ts'
import { disposition, sendBytes } from './bytes.ts'
import type { Exchange } from './exchange.ts'

describe('the name under which bytes are saved', () => {
  it.each([
    ['a.stdout', 'attachment; filename="a.stdout"'],
    ['hé.txt', `attachment; filename="h_.txt"; filename*=UTF-8''h%C3%A9.txt`],
    ['a"; filename=b.exe', `attachment; filename="a__ filename_b.exe"; filename*=UTF-8''a%22%3B%20filename%3Db.exe`],
    ["it's (1)*.txt", `attachment; filename="it_s (1)_.txt"; filename*=UTF-8''it%27s%20%281%29%2A.txt`],
    ['%2e%2e', `attachment; filename="_2e_2e"; filename*=UTF-8''%252e%252e`],
    ['🟢', `attachment; filename="__"; filename*=UTF-8''%F0%9F%9F%A2`],
  ])('of %j cannot be anything else', (fileName, header) => {
    expect(disposition(fileName)).toBe(header)
  })
})

describe('kept bytes', () => {
  const sent = async (kept: number, size: number) => {
    const slice = async (_key: string, _channel: string, at: number, bytes: number) =>
      new Uint8Array(Math.max(0, Math.min(bytes, kept - at)))
    const streams = { slice } as unknown as Streams
    const server = createServer((req, res) => {
      void sendBytes(req as Exchange, res, { streams, key: 'k', channel: 'stdout', size, fileName: 'f' })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const asked = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false })
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    let bytes = 0
    answer.on('data', (piece: Buffer) => {
      bytes += piece.length
    })
    const isWhole = await once(answer, 'end').then(
      () => true,
      () => false,
    )
    server.close()
    return { bytes, isWhole }
  }

  it('are sent whole', async () => {
    expect(await sent(3_000_000, 3_000_000)).toEqual({ bytes: 3_000_000, isWhole: true })
  })

  it('that go while they are sent end the connection, so that nobody waits for the rest', async () => {
    expect((await sent(300_000, 3_000_000)).isWhole).toBe(false)
  })
})
