import { InvalidParameter } from './api.errors.ts'
import type { Exchange } from './exchange.ts'

const KEY_LENGTH = 255

/** The key under which a repeated request is the same request; null where there is none. Throws InvalidParameter. */
export const keyOf = (req: Exchange): string | null => {
  const key = req.headers['idempotency-key']
  if (key === undefined) return null
  if (typeof key !== 'string' || key.length === 0 || key.length > KEY_LENGTH)
    throw new InvalidParameter('Idempotency-Key', `give 1 to ${KEY_LENGTH} characters.`)
  return key
}
