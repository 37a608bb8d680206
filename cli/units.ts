import { UsageError } from './failure.ts'

const TIMES: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const SIZES: Record<string, number> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** Milliseconds of a duration such as `500ms`, `5s`, `1.5m` or `1h`; a bare number is refused, it could mean anything. */
export const durationMs = (option: string, text: string): number =>
  quantity(option, text, /^(\d+(?:\.\d+)?)(ms|s|m|h)$/, TIMES, 'a duration such as 500ms, 5s, 2m or 1h')

/** Bytes of a size such as `64K`, `128M` or `1G` (powers of 1024; `128MB` and `128MiB` are the same). */
export const sizeBytes = (option: string, text: string): number =>
  quantity(option, text, /^(\d+(?:\.\d+)?)(b|[kmg](?:i?b)?)$/i, SIZES, 'a size such as 512K, 128M or 1G')

/** A whole number, at least `min`. */
export const wholeNumber = (option: string, text: string, min: number): number => {
  const value = Number(text)
  if (/^\d{1,15}$/.test(text) && value >= min) return value
  throw new UsageError(`${option} is "${text}", but must be a whole number from ${min} on.`)
}

/** Name and value of a pair such as `KEY=some text`; the value may be empty. */
export const pair = (option: string, text: string): [name: string, value: string] => {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`${option} is "${text}", but must be written as name=value.`)
  return [text.slice(0, at), text.slice(at + 1)]
}

const quantity = (option: string, text: string, form: RegExp, units: Record<string, number>, expected: string) => {
  const found = form.exec(text)
  const value = found ? Math.round(Number(found[1]) * unit(found[2]!, units)) : 0
  if (value > 0 && Number.isSafeInteger(value)) return value
  throw new UsageError(`${option} is "${text}", but must be ${expected}.`)
}

const unit = (name: string, units: Record<string, number>): number =>
  units[name.toLowerCase()] ?? units[name[0]!.toLowerCase()]!
