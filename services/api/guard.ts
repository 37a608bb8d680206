import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIPv4 } from 'node:net'
import { BadHost, NotAuthenticated, Refused } from './api.errors.ts'

type Headers = IncomingMessage['headers']
type Request = Pick<IncomingMessage, 'headers' | 'headersDistinct' | 'socket'>

/** `token`: every request must carry it. Null: only loopback clients that say so in Host are served. */
export type Gate = { token: string | null }

/**
 * Throws Refused or NotAuthenticated unless the request may be served. Without accounts the only proof of who asks is
 * where the request comes from: a web page elsewhere can make a browser on this machine send requests, so a foreign
 * Origin and a Host that is not loopback (a name that somebody points here) are refused.
 */
export const guard = (request: Request, gate: Gate): void => {
  const { headers } = request
  if (gate.token !== null && !carries(headers.authorization, gate.token)) throw new NotAuthenticated()
  guardPage(request, gate)
  if (headers.origin !== undefined && !isSameOrigin(headers))
    throw new Refused(`Requests from another origin (${quote(headers.origin)}) are refused.`)
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new Refused(`Requests that other pages send are refused (Sec-Fetch-Site: ${quote(String(site))}).`)
}

/** Throws Refused unless the page itself may be shown: it holds no secret, and people come to it by links from elsewhere. */
export const guardPage = ({ headers, headersDistinct, socket }: Request, { token }: Gate): void => {
  // Whoever stands between may have gone by another of them than we would (RFC 9112, 3.2).
  if ((headersDistinct.host?.length ?? 0) > 1) throw new BadHost()
  if (token !== null) return
  if (!isLoopbackAddress(socket.remoteAddress ?? '')) throw new Refused('Only clients on this machine are served.')
  if (!isLoopbackHost(headers.host ?? ''))
    throw new Refused(`Only requests to localhost are served; the Host header says ${quote(headers.host)}.`)
}

const quote = (text: string | undefined) => JSON.stringify((text ?? '').slice(0, 100))

const carries = (header: string | undefined, token: string): boolean => {
  const given = Buffer.from(/^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? '')
  const wanted = Buffer.from(token)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

const isSameOrigin = ({ origin, host }: Headers) => origin === `http://${host}` || origin === `https://${host}`

const isLoopbackAddress = (address: string) => isLoopbackName(address.replace(/^::ffff:/, ''))

/** `localhost`, 127.0.0.0/8 or [::1], with or without a port. */
export const isLoopbackHost = (host: string): boolean => {
  const found = /^(\[[0-9a-f:]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?$/.exec(host)
  return found !== null && isLoopbackName(found[1]!.replace(/^\[|\]$/g, ''))
}

const isLoopbackName = (name: string) =>
  name.toLowerCase() === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'))
