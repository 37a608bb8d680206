import { RangeNotSatisfiable } from './api.errors.ts'

/** Bytes `start` to `end`, both included. */
export type Range = { start: number; end: number }

/**
 * The part that a Range header asks for (RFC 9110, one range of bytes); null where there is no header, or one that a
 * server may ignore. Throws RangeNotSatisfiable.
 */
export const rangeOf = (header: string | undefined, size: number): Range | null => {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!found || (found[1] === '' && found[2] === '')) return null
  const [, first, last] = found
  if (first === '') {
    const start = Math.max(0, size - Number(last))
    if (Number(last) === 0 || size === 0) throw new RangeNotSatisfiable(size)
    return { start, end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return null
  if (start >= size) throw new RangeNotSatisfiable(size)
  return { start, end }
}
