import { connect, type Socket } from 'node:net'

export type Raw = { status: number; headers: Record<string, string>; body: string; closed: boolean }

/** A plain TCP connection to a server, for requests that no HTTP client would send. */
export const dial = (url: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    socket.once('connect', () => resolve(socket)).once('error', reject)
  })

/** Sends bytes as they are and reads one answer, until it is whole or the connection is closed. */
export const exchange = async (url: string, bytes: string | Buffer, patienceMs = 60_000): Promise<Raw> => {
  const socket = await dial(url)
  socket.write(bytes)
  try {
    return await answerOn(socket, patienceMs)
  } finally {
    socket.destroy()
  }
}

/** The next answer on a connection. */
export const answerOn = (socket: Socket, patienceMs = 60_000): Promise<Raw> =>
  new Promise((resolve, reject) => {
    let text = ''
    const timer = setTimeout(() => reject(new RangeError(`no whole answer in ${patienceMs} ms: ${text}`)), patienceMs)
    const settle = (closed: boolean) => {
      const answer = parse(text, closed)
      if (!answer) return
      clearTimeout(timer)
      resolve(answer)
    }
    socket.setEncoding('latin1')
    socket.on('data', (piece: string) => {
      text += piece
      settle(false)
    })
    socket.on('error', () => settle(true))
    socket.on('close', () => settle(true))
  })

const parse = (text: string, closed: boolean): Raw | null => {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return closed ? { status: 0, headers: {}, body: text, closed } : null
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const body = Buffer.from(text.slice(end + 4), 'latin1').toString()
  const isWhole = closed || Buffer.byteLength(body) >= Number(headers['content-length'] ?? Number.POSITIVE_INFINITY)
  return isWhole ? { status: Number(first.split(' ')[1]), headers, body, closed } : null
}

/** A request written out by hand; the Host header is the server's unless another is given, or null for none. */
export const written = (url: string, line: string, headers: Record<string, string | null> = {}, body = ''): string => {
  const all = { Host: new URL(url).host, Connection: 'close', ...headers }
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]))
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  return [line, ...lines, ...length, '', body].join('\r\n')
}
