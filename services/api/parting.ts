import type { IncomingMessage, ServerResponse } from 'node:http'

// How long a refused sender may go on before it is cut off.
const LINGER_MS = 5000

/**
 * Ends an answer to a request that has not come to its end. Were the connection closed under a sender in the middle of
 * its body, it would hear of a broken connection instead of the answer; so the rest is read and thrown away for a while.
 */
export const part = (req: IncomingMessage, res: ServerResponse, body: Uint8Array): void => {
  res.write(body)
  const end = () => {
    clearTimeout(timer)
    res.end()
  }
  const timer = setTimeout(end, LINGER_MS)
  req.once('end', end).once('close', end).resume()
}
