/** JSON Schema 2020-12, as OpenAPI 3.1 uses it. */
export type JsonSchema = { [key: string]: unknown }

type Rule = {
  type?: string
  optional?: boolean
  nullable?: boolean
  default?: unknown
  values?: readonly unknown[]
  items?: Rule
  props?: Record<string, Rule>
  value?: Rule
  rules?: readonly Rule[]
  strict?: boolean
  integer?: boolean
  min?: number
  max?: number
}

const SIZES: Record<string, [string, string]> = {
  string: ['minLength', 'maxLength'],
  number: ['minimum', 'maximum'],
  array: ['minItems', 'maxItems'],
}

/** An object whose fields are rules of the validator, as JSON Schema says it. */
export const objectSchema = (props: Record<string, unknown>, isStrict = props.$$strict === true): JsonSchema => {
  const fields = Object.entries(props).filter(([name]) => !name.startsWith('$$')) as [string, Rule][]
  const required = fields.filter(([, rule]) => !rule.optional && rule.default === undefined).map(([name]) => name)
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, rule]) => [name, ruleSchema(rule)])),
    ...(required.length > 0 && { required }),
    ...(isStrict && { additionalProperties: false }),
  }
}

/** What an action takes or returns: an object of fields, or the one rule that `$$root` announces. */
export const schemaOf = (schema: Record<string, unknown>): JsonSchema =>
  schema.$$root === true ? ruleSchema(schema as Rule) : objectSchema(schema)

/** One rule. */
export const ruleSchema = (rule: Rule): JsonSchema => {
  const schema = bare(rule)
  if (!rule.nullable) return schema
  if (typeof schema.type === 'string' && !schema.enum) return { ...schema, type: [schema.type, 'null'] }
  return { anyOf: [schema, { type: 'null' }] }
}

const bare = (rule: Rule): JsonSchema => {
  if (rule.type === 'enum') return { type: 'string', enum: rule.values }
  if (rule.type === 'multi') return { oneOf: (rule.rules ?? []).map(ruleSchema) }
  if (rule.type === 'record') return { type: 'object', additionalProperties: ruleSchema(rule.value ?? {}) }
  if (rule.type === 'object') return rule.props ? objectSchema(rule.props, rule.strict === true) : { type: 'object' }
  const type = rule.type === 'number' && rule.integer ? 'integer' : rule.type
  return {
    ...(type !== 'any' && { type }),
    ...(rule.items && { items: ruleSchema(rule.items) }),
    ...sizes(rule),
    ...(rule.default !== undefined && { default: rule.default }),
  }
}

const sizes = ({ type = '', min, max }: Rule): JsonSchema => {
  const [least, most] = SIZES[type] ?? []
  return {
    ...(least && min !== undefined && { [least]: min }),
    ...(most && max !== undefined && { [most]: max }),
  }
}
