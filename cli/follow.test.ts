import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connectApi } from './api.ts'
import { follow } from './follow.ts'

type Behave = (req: IncomingMessage, res: ServerResponse) => void

// Stands in for a server that does what a real one cannot be made to do on demand: break off anywhere.
const serving = async (behave: Behave) => {
  const server = createServer(behave)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const api = connectApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {})
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { api, close }
}

const collect = async (behave: Behave) => {
  const { api, close } = await serving(behave)
  const output: Buffer[] = []
  try {
    for await (const event of follow(api, 'x')) if (event.event === 'output') output.push(event.bytes)
    return Buffer.concat(output)
  } finally {
    close()
  }
}

const refused = async (behave: Behave) => {
  const outcome = await collect(behave).catch((error: Error) => error.message)
  return String(outcome)
}

const pieces = Array.from({ length: 40 }, (_, index) => Buffer.from([index, 0xff, 0xc3, index]))
const events = [
  ...pieces.map((bytes, index) => ({
    id: index,
    event: 'output',
    data: { stream: 'stdout', offset: 4 * index, base64: bytes.toString('base64') },
  })),
  { id: pieces.length, event: 'end', data: { id: 'x' } },
]
const wire = ({ id, event, data }: (typeof events)[number]) =>
  `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
const remaining = (req: IncomingMessage) => {
  const last = req.headers['last-event-id']
  return events
    .slice(last === undefined ? 0 : Number(last) + 1)
    .map(wire)
    .join('')
}

describe('following a run', () => {
  it('loses and repeats nothing, wherever the connection breaks', async () => {
    let connections = 0
    const output = await collect((req, res) => {
      connections++
      const rest = remaining(req)
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      if (connections > 5) return void res.end(rest)
      res.write(Buffer.from(rest).subarray(0, 77 * connections + 30), () => setTimeout(() => res.destroy(), 20))
    })
    expect(output).toEqual(Buffer.concat(pieces))
    expect(connections).toBe(6)
  })

  it('waits out a server that restarts', async () => {
    let connections = 0
    const output = await collect((req, res) => {
      connections++
      if (connections === 1) return void res.writeHead(503, { 'retry-after': '1' }).end()
      if (connections === 2) return void req.socket.destroy()
      res.writeHead(200).end(remaining(req))
    })
    expect(output).toEqual(Buffer.concat(pieces))
  })

  it('ends with the sentence of a server that refuses', async () => {
    const problem = JSON.stringify({ status: 404, detail: 'There is no run x.' })
    expect(await refused((_, res) => void res.writeHead(404).end(problem))).toBe('There is no run x.')
    const locked = JSON.stringify({ status: 401, detail: 'This server wants its token.' })
    expect(await refused((_, res) => void res.writeHead(401).end(locked))).toContain('Set GREENROOM_TOKEN')
    expect(await refused((_, res) => void res.writeHead(404).end('<html>'))).toContain('not what Greenroom would say')
  })

  it('does not trust what is no Greenroom', async () => {
    const nonsense = 'event: output\nid: 1\ndata: {{{\n\n'
    expect(await refused((_, res) => void res.writeHead(200).end(nonsense))).toContain(
      'does not speak as Greenroom does',
    )
  })
})
