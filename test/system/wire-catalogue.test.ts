import { languages } from '../../config/languages.ts'
import { type Answer, Client } from './client.ts'
import { faultsOf, type Schema } from './conforms.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'

type Operation = {
  operationId: string
  summary: string
  parameters: { name: string; in: string }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
}
type Document = {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}
type Runtime = {
  language: string
  version: string
  aliases: string[]
  fileName: string
  compiled: boolean
  warm: boolean
  limits: object
}
type Example = {
  language: string
  title: string
  files: { path: string; content: string }[]
  stdin: string
  args: string[]
}

// What compiles takes its time on a busy machine.
const PATIENT = { wallMs: 300_000, cpuMs: 300_000 }
const LANGUAGES = languages.map(({ id }) => id)

let server: Greenroom
let client: Client
let document: Document
let runtimes: Runtime[]
let examples: Example[]

beforeAll(async () => {
  server = await startGreenroom()
  client = new Client(server.url)
  document = (await client.get<Document>('/openapi.json')).body
  runtimes = (await client.get<Runtime[]>('/runtimes')).body
  examples = (await client.get<Example[]>('/examples')).body
})
afterAll(() => server.close())

describe('the runtimes', () => {
  it('are the languages that this machine has, with versions, aliases, file names and limits', () => {
    expect(runtimes.map(({ language }) => language)).toEqual(expect.arrayContaining(['python', 'javascript', 'bash']))
    for (const runtime of runtimes) {
      expect(runtime.version).toMatch(/^\d+\.\d+/)
      expect(runtime.fileName).toMatch(/^main\.\w+$/i)
      expect(typeof runtime.compiled).toBe('boolean')
      expect(typeof runtime.warm).toBe('boolean')
      expect(Array.isArray(runtime.aliases)).toBe(true)
      expect(Object.keys(runtime.limits).sort()).toEqual([
        'cpuMs',
        'diskBytes',
        'memoryBytes',
        'outputBytes',
        'processes',
        'wallMs',
      ])
    }
  })

  it('run by each of their aliases', async () => {
    for (const { language, aliases } of runtimes) {
      const { files } = examples.find((example) => example.language === language)!
      for (const alias of aliases)
        expect(await client.run({ language: alias, files, limits: PATIENT })).toMatchObject({
          language,
          state: 'succeeded',
        })
    }
  })
})

describe('the examples', () => {
  it('are there for every language that can run', () => {
    const shown = new Set(examples.map(({ language }) => language))
    expect([...shown]).toEqual(expect.arrayContaining(LANGUAGES))
    expect(runtimes.filter(({ language }) => !shown.has(language))).toEqual([])
    for (const { title, files } of examples)
      expect({ title, files: files.length > 0 }).toMatchObject({ title: /./, files: true })
  })

  it('run as they are, print something and say nothing on stderr', async () => {
    const known = examples.filter(({ language }) => runtimes.some((runtime) => runtime.language === language))
    for (const { title, ...example } of known) {
      const run = await client.run({ ...example, limits: PATIENT })
      const { language, state, exitCode, stderr } = run
      expect({ language, title, state, exitCode, stderr }).toEqual({
        language,
        title,
        state: 'succeeded',
        exitCode: 0,
        stderr: '',
      })
      expect(run.stdout.length).toBeGreaterThan(5)
    }
  })
})

describe('the OpenAPI document', () => {
  const operation = (method: string, path: string) => document.paths[path]![method.toLowerCase()]!
  const schemaOf = (method: string, path: string, status: number) => {
    const { responses } = operation(method, path)
    return Object.values((responses[status] ?? responses.default)?.content ?? {})[0]?.schema
  }
  const mustFit = (method: string, path: string, { status, body }: Answer<unknown>) => {
    const schema = schemaOf(method, path, status)!
    expect({ method, path, status, faults: faultsOf(body, schema, document.components.schemas) }).toMatchObject({
      faults: [],
    })
  }
  const send = async (
    method: string,
    path: string,
    params: Record<string, string> = {},
    body?: unknown,
    query = '',
  ) => {
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '')
    const answer = await client.ask<Record<string, unknown>>(method, `${filled}${query}`, body)
    expect(Object.keys(operation(method, path).responses)).toContain(
      answer.status < 300 ? String(answer.status) : 'default',
    )
    if (answer.status !== 204) mustFit(method, path, answer)
    return answer
  }

  it('is of version 3.1 and names every door of the API, with one sentence each', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/)
    const doors = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    const paths = ['/cancel', '/retry', '/stdin'].map((door) => `post /executions/{id}${door}`)
    const reads = ['', '/output', '/program', '/stream'].map((door) => `get /executions/{id}${door}`)
    const others = ['get /executions', 'get /examples', 'get /openapi.json', 'get /runtimes', 'post /executions']
    const wanted = [...paths, ...reads, ...others, 'delete /executions/{id}']
    expect(doors).toEqual(expect.arrayContaining(wanted))
    for (const methods of Object.values(document.paths))
      for (const { summary, operationId } of Object.values(methods))
        expect({ operationId, summary }).toMatchObject({ summary: expect.stringMatching(/\.$/) })
  })

  it('fits what the server really answers, in every state of a run', async () => {
    const run = {
      language: 'bash',
      source: 'cat; exit 3',
      interactive: true,
      labels: { a: 'b' },
      limits: { wallMs: 60_000 },
    }
    const { body } = await send('POST', '/executions', {}, run)
    const params = { id: String(body.id) }
    await send('GET', '/executions/{id}', params)
    await client.until(params.id, ['running'])
    await send('GET', '/executions/{id}', params)
    await send('POST', '/executions/{id}/stdin', params, { content: 'x', close: true })
    await client.ended(params.id)
    for (const path of ['/executions/{id}', '/executions/{id}/program']) await send('GET', path, params)
    const { body: again } = await send('POST', '/executions/{id}/retry', params)
    await send('POST', '/executions/{id}/cancel', { id: String(again.id) })
    await client.ended(String(again.id))
    for (const path of ['/executions', '/runtimes', '/examples']) await send('GET', path)
    await send(
      'POST',
      '/executions',
      {},
      { language: 'bash', source: 'sleep 600', limits: { wallMs: 200 } },
      '?wait=60',
    )
    await send('DELETE', '/executions/{id}', params)
  })

  it('fits every refusal', async () => {
    for (const path of [
      '/executions/{id}',
      '/executions/{id}/program',
      '/executions/{id}/output',
      '/executions/{id}/stream',
    ])
      expect((await send('GET', path, { id: 'none' })).status).toBe(404)
    expect((await send('POST', '/executions', {}, { language: 'x' })).status).toBe(422)
    expect((await send('POST', '/executions', {}, '[')).status).toBe(400)
    const { id } = await client.run({ language: 'bash', source: '' })
    expect((await send('POST', '/executions/{id}/cancel', { id })).status).toBe(409)
  })

  it('asks in its request for exactly what the server takes', () => {
    const schema = operation('POST', '/executions').requestBody!.content['application/json']!.schema
    const full = {
      language: 'bash',
      version: '5',
      files: [{ path: 'a', content: '', encoding: 'utf8' }],
      entry: 'a',
      args: ['x'],
      stdin: { content: '', encoding: 'base64' },
      interactive: false,
      env: { A: 'b' },
      limits: { wallMs: 1 },
      priority: 'low',
      labels: { a: 'b' },
      retries: 1,
    }
    expect(faultsOf(full, schema)).toEqual([])
    expect(faultsOf({ language: 'bash', source: '', stdin: '' }, schema)).toEqual([])
    expect(faultsOf({ source: '' }, schema)).toEqual(['$.language: is missing'])
    expect(schema.additionalProperties).toBe(false)
    expect(operation('POST', '/executions').parameters.map(({ name }) => name)).toEqual(['Idempotency-Key', 'wait'])
  })
})
