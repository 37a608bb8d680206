const KB = 1024
const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB']
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const rounded = (value: number): string => (value < 10 ? String(Number(value.toFixed(1))) : String(Math.round(value)))

/** A size with its unit, never over-precise: 11 MB, 1.5 KB, 1 byte. */
export const bytes = (size: number): string => {
  if (size === 1) return '1 byte'
  let unit = 0
  let value = size
  for (; value >= KB && unit < UNITS.length - 1; unit++) value /= KB
  return `${unit === 0 ? value : rounded(value)} ${UNITS[unit]}`
}

const pair = (large: number, unit: string, small: number, part: string): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${part}`

/** A span of time with its unit: 34 ms, 1.2 s, 2 min 5 s, 3 h 10 min. */
export const duration = (ms: number): string => {
  if (ms < 1) return '0 ms'
  if (ms < SECOND) return `${Math.round(ms)} ms`
  if (ms < MINUTE) return `${rounded(ms / SECOND)} s`
  if (ms < HOUR) return pair(Math.floor(ms / MINUTE), 'min', Math.floor((ms % MINUTE) / SECOND), 's')
  return pair(Math.floor(ms / HOUR), 'h', Math.floor((ms % HOUR) / MINUTE), 'min')
}

/** How long ago a moment was, in words. */
export const ago = (at: string | number, now: number): string => {
  const past = now - new Date(at).getTime()
  if (past < 10 * SECOND) return 'just now'
  if (past < MINUTE) return `${Math.floor(past / (10 * SECOND)) * 10} s ago`
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min ago`
  if (past < DAY) return `${Math.floor(past / HOUR)} h ago`
  const days = Math.floor(past / DAY)
  return days === 1 ? 'yesterday' : `${days} days ago`
}

/** The exact moment, for whoever asks. */
export const exact = (at: string | number): string =>
  new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

/** 1st, 2nd, 3rd, 4th… */
export const ordinal = (place: number): string => {
  const tens = place % 100
  const suffix = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th')
  return `${place}${suffix}`
}

/** A count with its noun, with thin groups of three: 1 run, 12,000 lines. */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString('en')} ${number === 1 ? one : many}`

/** The part of an id that tells runs apart at a glance. */
export const shortId = (id: string): string => (id.length > 8 ? id.slice(-8) : id)
