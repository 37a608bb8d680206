import type { Limits } from './wire.ts'
import { LIMITS } from './words.ts'

const MB = 1024 * 1024

/** How people write each limit: the unit behind the field and what one of it is. */
export const LIMIT_UNITS: Record<keyof Limits, { unit: string; factor: number }> = {
  wallMs: { unit: 'seconds', factor: 1000 },
  cpuMs: { unit: 'seconds', factor: 1000 },
  memoryBytes: { unit: 'MB', factor: MB },
  processes: { unit: '', factor: 1 },
  outputBytes: { unit: 'MB', factor: MB },
  diskBytes: { unit: 'MB', factor: MB },
}

/** A limit as it is written in its field. */
export const written = (name: keyof Limits, value: number): string =>
  String(Number((value / LIMIT_UNITS[name].factor).toFixed(3)))

export type LimitInput = { value: number | undefined; fault: string | null }

/** What a field's text means; an empty one means the default. */
export const limitFrom = (name: keyof Limits, text: string, most: number | undefined): LimitInput => {
  const { factor, unit } = LIMIT_UNITS[name]
  const { title, say } = LIMITS[name]
  if (text.trim() === '') return { value: undefined, fault: null }
  const number = Number(text.replace(',', '.'))
  const value = Math.round(number * factor)
  if (!Number.isFinite(number) || value < 1) {
    return { value: undefined, fault: `${title} must be a number above 0${unit ? `, in ${unit}` : ''}.` }
  }
  if (most !== undefined && value > most) return { value, fault: `${title} may be ${say(most)} at most.` }
  return { value, fault: null }
}
