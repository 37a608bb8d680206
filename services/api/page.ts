import type { IncomingMessage, ServerResponse } from 'node:http'
import compression from 'compression'
import serveStatic from 'serve-static'
import { NoSuchPage } from './api.errors.ts'

type Next = (error?: unknown) => void

const POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  // The editor sets its styles from script; that cannot run any.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Headers of every answer: nothing is sniffed, framed, or told to others. */
export const secureHeaders = (_req: IncomingMessage, res: ServerResponse, next: Next): void => {
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Referrer-Policy', 'no-referrer')
  res.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  res.setHeader('Content-Security-Policy', POLICY)
  next()
}

/**
 * The page: built files, compressed for whoever takes that, for ever where their name holds a digest, and the document itself for every address
 * that belongs to the page's own navigation.
 */
export const page = (dir: string) => {
  const files = serveStatic(dir, {
    index: 'index.html',
    redirect: false,
    setHeaders(res: ServerResponse, path: string) {
      const isNamedByContent = /[\\/]assets[\\/]/.test(path)
      res.setHeader('Cache-Control', isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  const routed = (req: IncomingMessage, res: ServerResponse, next: Next) => {
    const path = (req.url ?? '/').split('?')[0]!
    const isNavigation = (req.method === 'GET' || req.method === 'HEAD') && !/\.[a-z0-9]+$/i.test(path)
    if (!isNavigation) return next(new NoSuchPage(path))
    req.url = '/index.html'
    files(req, res, () => next(new NoSuchPage('the page: it has not been built. Run ./deploy.sh dev')))
  }
  return [compression(), files, routed]
}
