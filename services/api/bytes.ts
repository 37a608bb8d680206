import type { ServerResponse } from 'node:http'
import type { Streams } from '../../mixins/streams/streams.ts'
import { drained } from './drained.ts'
import type { Exchange } from './exchange.ts'
import { rangeOf } from './range.ts'

const PIECE_BYTES = 256 * 1024

/** Where bytes are kept, and what they are called where they are saved. */
export type Kept = { streams: Streams; key: string; channel: string; size: number; fileName: string }

/** Sends kept bytes, whole or the part that is asked for, as a file to save and never as a page to show. */
export const sendBytes = async (req: Exchange, res: ServerResponse, kept: Kept): Promise<void> => {
  const { streams, key, channel, size, fileName } = kept
  const range = partOf(req, res, size)
  const { start, end } = range ?? { start: 0, end: size - 1 }
  res.writeHead(range ? 206 : 200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': end - start + 1,
    'Content-Disposition': disposition(fileName),
    'Content-Security-Policy': 'sandbox',
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'no-store',
    ...(range && { 'Content-Range': `bytes ${start}-${end}/${size}` }),
  })
  for (let at = start; at <= end && req.method !== 'HEAD' && !res.destroyed; ) {
    const bytes = await streams.slice(key, channel, at, Math.min(PIECE_BYTES, end - at + 1))
    // Deleted meanwhile: cut off, for the reader would wait for the bytes that were announced.
    if (bytes.length === 0) res.destroy()
    at += bytes.length
    if (!res.write(bytes)) await drained(res)
  }
  res.end()
}

// Whoever asks for too much learns how much there is. If-Range names a version, and none of ours has a name to match.
const partOf = (req: Exchange, res: ServerResponse, size: number) => {
  if (req.headers['if-range'] !== undefined) return null
  try {
    return rangeOf(req.headers.range, size)
  } catch (refused) {
    res.setHeader('Content-Range', `bytes */${size}`)
    throw refused
  }
}

/** Content-Disposition of a file to save (RFC 6266): the plain name for old clients holds only what cannot end it. */
export const disposition = (fileName: string): string => {
  const plain = fileName.replace(/[^\w .()+-]/g, '_')
  const form = `attachment; filename="${plain}"`
  return plain === fileName ? form : `${form}; filename*=UTF-8''${percentEncoded(fileName)}`
}

const percentEncoded = (text: string) =>
  encodeURIComponent(text).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
