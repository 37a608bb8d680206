import { ownDoors, publicActions } from './doors.ts'
import { objectSchema, ruleSchema, schemaOf } from './json-schema.ts'
import { openapi } from './openapi.ts'

type Parameter = { name: string; in: string; required: boolean; schema: object }
type Operation = {
  operationId: string
  summary: string
  parameters: Parameter[]
  requestBody?: { required: boolean; content: Record<string, { schema: Record<string, unknown> }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
}

const document = JSON.parse(JSON.stringify(openapi('1.2.3')))
const paths: Record<string, Record<string, Operation>> = document.paths
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

/** Every value of a kind of key, wherever it lies. */
const all = (value: unknown, key: string): unknown[] => {
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([name, inner]) => (name === key ? [inner] : all(inner, key)))
}

const resolved = (ref: string) =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document)

describe('the OpenAPI document', () => {
  it('is of version 3.1, with what such a document must have', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Greenroom', version: '1.2.3' } })
    expect(document.servers).toEqual([{ url: '/api/v1' }])
  })

  it('holds every reference that it makes', () => {
    const refs = all(document, '$ref')
    expect(refs.length).toBeGreaterThan(0)
    for (const ref of refs) expect([ref, resolved(ref as string) !== undefined]).toEqual([ref, true])
  })

  it('has every public action and every own door once, under the same method and path', () => {
    const doors = [
      ...publicActions.map(({ name, rest }) => `${name} ${rest.method} ${rest.path}`),
      ...Object.entries(ownDoors).map(([name, { method, path }]) => `api.${name} ${method} ${path}`),
    ].map((door) => door.replace(/[:*](\w+)/g, '{$1}'))
    const documented = operations.map(
      ({ path, method, operation }) => `${operation.operationId} ${method.toUpperCase()} ${path}`,
    )
    expect(documented.sort()).toEqual(doors.sort())
    expect(new Set(documented.map((line) => line.split(' ')[0])).size).toBe(documented.length)
  })

  it('declares exactly the parameters that stand in a path', () => {
    for (const { path, operation } of operations) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const declared = operation.parameters.filter((parameter) => parameter.in === 'path')
      expect(declared.map(({ name }) => name)).toEqual(named)
      expect(declared.every(({ required }) => required)).toBe(true)
    }
  })

  it('answers every operation with what it gives and with problems', () => {
    for (const { operation } of operations) {
      const { default: problem, ...good } = operation.responses
      expect(Object.keys(problem?.content ?? {})).toEqual(['application/problem+json'])
      expect(Object.keys(good).every((status) => /^2\d\d$/.test(status))).toBe(true)
      expect(Object.keys(good).length).toBeGreaterThan(0)
      expect(operation.summary.length).toBeGreaterThan(0)
    }
  })

  it('documents submitting: its body, its key, its waiting, both answers', () => {
    const { post } = paths['/executions']!
    const schema = post!.requestBody!.content['application/json']!.schema
    expect(schema).toMatchObject({ type: 'object', required: ['language'], additionalProperties: false })
    expect(Object.keys(schema.properties as object)).toEqual(
      expect.arrayContaining(['source', 'files', 'limits', 'retries']),
    )
    expect(post!.parameters.map(({ name }) => name)).toEqual(['Idempotency-Key', 'wait'])
    expect(Object.keys(post!.responses)).toEqual(['200', '202', 'default'])
  })

  it('has a body only where one is taken', () => {
    const bodies = operations
      .filter(({ operation }) => operation.requestBody)
      .map(({ operation }) => operation.operationId)
    expect(bodies.sort()).toEqual([
      ...['deadletters.discard', 'deadletters.retry', 'deadletters.retryAll'],
      ...['executions.stdin', 'executions.submit', 'replays.preview', 'replays.start'],
    ])
    expect(paths['/executions/{id}/stdin']!.post!.requestBody!.required).toBe(false)
  })
})

describe('a rule of the validator as JSON Schema', () => {
  it.each([
    [
      { type: 'string', min: 1, max: 9 },
      { type: 'string', minLength: 1, maxLength: 9 },
    ],
    [
      { type: 'number', integer: true, min: 0 },
      { type: 'integer', minimum: 0 },
    ],
    [
      { type: 'number', max: 2, default: 1 },
      { type: 'number', maximum: 2, default: 1 },
    ],
    [{ type: 'any' }, {}],
    [
      { type: 'enum', values: ['a', 'b'] },
      { type: 'string', enum: ['a', 'b'] },
    ],
    [{ type: 'string', nullable: true }, { type: ['string', 'null'] }],
    [{ type: 'enum', values: ['a'], nullable: true }, { anyOf: [{ type: 'string', enum: ['a'] }, { type: 'null' }] }],
    [
      { type: 'array', items: { type: 'boolean' }, min: 1 },
      { type: 'array', items: { type: 'boolean' }, minItems: 1 },
    ],
    [
      { type: 'record', value: { type: 'string' } },
      { type: 'object', additionalProperties: { type: 'string' } },
    ],
    [
      { type: 'multi', rules: [{ type: 'string' }, { type: 'object' }] },
      { oneOf: [{ type: 'string' }, { type: 'object' }] },
    ],
  ])('%j is %j', (rule, schema) => {
    expect(ruleSchema(rule)).toEqual(schema)
  })

  it('asks for the fields that are neither optional nor have a default, and for no others when it is strict', () => {
    const props = {
      $$strict: true,
      a: { type: 'string' },
      b: { type: 'string', optional: true },
      c: { type: 'any', default: 1 },
    }
    expect(objectSchema(props)).toMatchObject({ required: ['a'], additionalProperties: false })
    expect(objectSchema({ b: props.b })).toEqual({ type: 'object', properties: { b: { type: 'string' } } })
  })

  it('may stand for a whole answer', () => {
    expect(schemaOf({ $$root: true, type: 'array', items: { type: 'string' } })).toEqual({
      type: 'array',
      items: { type: 'string' },
    })
  })
})
