import { BASE, type OwnDoor, ownDoors, type PublicAction, publicActions } from './doors.ts'
import { type JsonSchema, objectSchema, ruleSchema, schemaOf } from './json-schema.ts'

type Operation = Record<string, unknown>

const PROBLEM: JsonSchema = objectSchema({
  type: { type: 'string' },
  title: { type: 'string' },
  status: { type: 'number', integer: true },
  detail: { type: 'string' },
  errors: {
    type: 'array',
    items: { type: 'object', props: { field: { type: 'string' }, message: { type: 'string' } } },
  },
  requestId: { type: 'string' },
  state: { type: 'string', optional: true },
})

const templated = (path: string) => path.replace(/[:*](\w+)/g, '{$1}')
const namesIn = (path: string) => [...path.matchAll(/[:*](\w+)/g)].map(([, name]) => name!)

const inPath = (path: string) =>
  namesIn(path).map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))

const inQuery = (fields: Record<string, unknown>) =>
  Object.entries(fields).map(([name, rule]) => ({
    name,
    in: 'query',
    required: false,
    schema: ruleSchema(rule as Parameters<typeof ruleSchema>[0]),
  }))

const inHeader = (headers: Record<string, string>) =>
  Object.entries(headers).map(([name, description]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }))

const problems = (refuses: readonly string[] = []) => ({
  default: {
    description: `A problem${refuses.length > 0 ? `, among them ${refuses.join(', ')}` : ''}.`,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  },
})

const json = (schema: JsonSchema) => ({ 'application/json': { schema } })

const idempotent = inHeader({
  'Idempotency-Key': 'At most 255 characters; the same key and request give the first run again.',
})

// What the submitting doors take besides their bodies.
const EXTRA: Record<string, Operation[]> = {
  'executions.submit': [...idempotent, ...inQuery({ wait: { type: 'number', min: 0, max: 60, optional: true } })],
  'executions.retry': idempotent,
}

const operation = (action: PublicAction): Operation => {
  const { $$strict: _, ...fields } = action.params
  const path = namesIn(action.rest.path)
  const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => !path.includes(name)))
  const takesBody = action.rest.method === 'POST' && Object.keys(rest).length > 0
  const isRequired = Object.values(rest).some((rule) => !(rule as { optional?: boolean }).optional)
  const answers = action.returns ? { content: json(schemaOf(action.returns)) } : {}
  const also =
    action.name === 'executions.submit' ? { 200: { description: 'It has ended within `wait`.', ...answers } } : {}
  return {
    operationId: action.name,
    summary: action.about,
    parameters: [
      ...inPath(action.rest.path),
      ...(action.rest.method === 'GET' ? inQuery(rest) : []),
      ...(EXTRA[action.name] ?? []),
    ],
    ...(takesBody && { requestBody: { required: isRequired, content: json(objectSchema(rest, true)) } }),
    responses: { ...also, [action.rest.status]: { description: 'Done.', ...answers }, ...problems(action.refuses) },
  }
}

const ownOperation = (name: string, door: OwnDoor): Operation => ({
  operationId: `api.${name}`,
  summary: door.about,
  parameters: [...inPath(door.path), ...inQuery(door.query ?? {}), ...inHeader(door.headers ?? {})],
  responses: {
    [door.status]: {
      description: 'Done.',
      content: { [door.produces]: { schema: door.returns ? schemaOf(door.returns) : {} } },
    },
    ...problems(door.refuses),
  },
})

/** The API as an OpenAPI 3.1 document, printed from the contracts that the server itself checks requests with. */
export const openapi = (version: string): Operation => {
  const paths: Record<string, Record<string, Operation>> = {}
  const add = (path: string, method: string, value: Operation) => {
    const key = templated(path)
    paths[key] = { ...paths[key], [method.toLowerCase()]: value }
  }
  for (const action of publicActions) add(action.rest.path, action.rest.method, operation(action))
  for (const [name, door] of Object.entries(ownDoors)) add(door.path, door.method, ownOperation(name, door))
  return {
    openapi: '3.1.0',
    info: { title: 'Greenroom', version, description: 'Runs programs, safely, and never loses a run.' },
    servers: [{ url: BASE }],
    paths,
    components: {
      schemas: { Problem: PROBLEM },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
    security: [{}, { token: [] }],
  }
}
