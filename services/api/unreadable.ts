import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { toProblem } from './problem.ts'

type Fault = { status: number; phrase: string; type: string; message: string }

const FAULTS: Record<string, Fault> = {
  HPE_HEADER_OVERFLOW: {
    ...{ status: 431, phrase: 'Request Header Fields Too Large', type: 'HEADERS_TOO_LARGE' },
    message: 'The address and the headers are larger together than is read.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    ...{ status: 408, phrase: 'Request Timeout', type: 'REQUEST_TOO_SLOW' },
    message: 'The request did not come to its end in time.',
  },
}
const NO_HTTP: Fault = {
  ...{ status: 400, phrase: 'Bad Request', type: 'BAD_REQUEST' },
  message: 'This is not a request in HTTP/1.1.',
}

/** Answers what the server cannot read as a request with a problem too, where no answer is on its way already. */
export const answerUnreadable = (server: Server): void => {
  const answers = new WeakMap<Duplex, ServerResponse>()
  server.on('request', (req: IncomingMessage, res: ServerResponse) => answers.set(req.socket, res))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const begun = answers.get(socket)
    const isBusy = begun?.headersSent && !begun.writableFinished
    if (isBusy || !socket.writable) socket.destroy(error)
    else socket.end(refusal(error.code ?? ''))
  })
}

/** The whole answer, byte for byte. */
export const refusal = (code: string): string => {
  const { status, phrase, type, message } = FAULTS[code] ?? NO_HTTP
  const body = JSON.stringify(toProblem({ code: status, type, message }, randomUUID()))
  return [
    `HTTP/1.1 ${status} ${phrase}`,
    'Connection: close',
    'Content-Type: application/problem+json',
    'Cache-Control: no-store',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}
