import { BadBody, InvalidFields } from './api.errors.ts'

const DEPTH = 16
const MOST_FAULTS = 20
const NAME_LENGTH = 64

type Fault = { field: string; message: string }

/**
 * Throws unless a body holds only what some field could hold. No field takes null, which optional ones would ignore, nor
 * a number beyond all numbers, which becomes null on its way to another node; no field nests deeper than a few levels;
 * and a key named `__proto__` would vanish on its way.
 */
export const refuseOddities = (body: object): void => {
  const faults: Fault[] = []
  look(body, '', 0, faults)
  if (faults.length > 0) throw new InvalidFields(faults)
}

const look = (value: unknown, field: string, depth: number, faults: Fault[]): void => {
  if (faults.length >= MOST_FAULTS) return
  if (value === null) faults.push({ field, message: `${field}: null is not taken; leave the field out.` })
  if (value === Infinity || value === -Infinity) faults.push({ field, message: `${field}: is beyond all numbers.` })
  if (value === null || typeof value !== 'object') return
  if (depth >= DEPTH) throw new BadBody(`The body nests deeper than ${DEPTH} levels.`)
  for (const [name, inner] of Object.entries(value)) {
    const path = Array.isArray(value) ? `${field}[${name}]` : below(field, name.slice(0, NAME_LENGTH))
    if (name === '__proto__') faults.push({ field: path, message: `${path}: there is no such field.` })
    else look(inner, path, depth + 1, faults)
  }
}

const below = (field: string, name: string) => (field === '' ? name : `${field}.${name}`)
