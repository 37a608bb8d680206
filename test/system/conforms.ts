/** A JSON Schema, as far as the documents of Greenroom use it. */
export type Schema = {
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  default?: unknown
  $ref?: string
}

const KNOWN = [
  ...[
    'type',
    'properties',
    'required',
    'additionalProperties',
    'items',
    'enum',
    'anyOf',
    'oneOf',
    'minimum',
    'maximum',
  ],
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'default', '$ref'],
]

/**
 * What is wrong with a value by a schema, as sentences. Stricter than JSON Schema in one point: a field that the schema
 * does not name is wrong, so that the document cannot fall behind the answers.
 */
export const faultsOf = (value: unknown, schema: Schema, defs: Record<string, Schema> = {}, at = '$'): string[] => {
  const unknown = Object.keys(schema).filter((word) => !KNOWN.includes(word))
  if (unknown.length > 0) return [`${at}: the schema says ${unknown.join(', ')}, which nobody checks`]
  if (schema.$ref) return faultsOf(value, defs[schema.$ref.split('/').at(-1)!] ?? { enum: [] }, defs, at)
  const either = schema.anyOf ?? schema.oneOf
  if (either) {
    const fits = either.filter((one) => faultsOf(value, one, defs, at).length === 0)
    return fits.length > 0 ? [] : [`${at}: fits none of ${either.length} schemas`]
  }
  if (schema.enum && !schema.enum.includes(value)) return [`${at}: ${JSON.stringify(value)} is none of ${schema.enum}`]
  if (schema.type && ![schema.type].flat().some((type) => isOf(value, type))) return [`${at}: is no ${schema.type}`]
  if (Array.isArray(value)) return value.flatMap((item, i) => faultsOf(item, schema.items ?? {}, defs, `${at}[${i}]`))
  if (value !== null && typeof value === 'object') return inObject(value as Record<string, unknown>, schema, defs, at)
  return []
}

const isOf = (value: unknown, type: string): boolean => {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'object') return value !== null && typeof value === 'object' && !Array.isArray(value)
  return typeof value === type
}

const inObject = (value: Record<string, unknown>, schema: Schema, defs: Record<string, Schema>, at: string) => {
  const { properties = {}, required = [], additionalProperties: others } = schema
  const missing = required.filter((name) => !(name in value)).map((name) => `${at}.${name}: is missing`)
  const wrong = Object.entries(value).flatMap(([name, inner]) => {
    const rule = properties[name] ?? (typeof others === 'object' ? others : null)
    if (rule) return faultsOf(inner, rule, defs, `${at}.${name}`)
    return schema.properties ? [`${at}.${name}: is not in the schema`] : []
  })
  return [...missing, ...wrong]
}
