import { createHash, randomUUID } from 'node:crypto'

// W3C Trace Context, version 00: https://www.w3.org/TR/trace-context/#traceparent-header
const PARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

const NONE = '0'.repeat(32)

/** The trace that a `traceparent` header names; null where it names none. */
export const traceIn = (header: unknown): string | null =>
  typeof header === 'string' ? (PARENT.exec(header)?.[1] ?? null) : null

/** The trace that a request begins: its id, where that is a UUID, else what can be found again from it. */
export const traceOf = (requestId: string): string => {
  const hex = requestId.replaceAll('-', '').toLowerCase()
  const isTrace = /^[0-9a-f]{32}$/.test(hex) && hex !== NONE
  return isTrace ? hex : createHash('sha256').update(requestId).digest('hex').slice(0, 32)
}

/** The header that carries a trace on, as a new step of it. */
export const traceParent = (trace: string): string => `00-${trace}-${step()}-01`

// Random UUIDs are made in stock, and their second half is never zero.
const step = () => randomUUID().replaceAll('-', '').slice(16)
