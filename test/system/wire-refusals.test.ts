import { randomOf, seeded } from '../random.ts'
import { Client, type Problem, type Request } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'

const SEED = Date.now() % 2 ** 32
const ROUNDS = 400

let server: Greenroom
let client: Client

beforeAll(async () => {
  server = await startGreenroom()
  client = new Client(server.url)
})
afterAll(() => server.close())

const good: Request = { language: 'bash', source: 'true' }
const submit = (body: unknown) => client.refused('POST', '/executions', body)
const withFile = (file: Request): Request => ({ language: 'bash', files: [{ path: 'main.sh', content: '', ...file }] })
const many = (count: number, name = 'n') =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}${i}`, 'v']))

/** What is wrong, the request, and the field that the refusal must name. */
const bad: [string, Request, string][] = [
  ['no language', { source: '' }, 'language'],
  ['an empty language', { ...good, language: '' }, 'language'],
  ['neither source nor files', { language: 'bash' }, 'source'],
  ['source and files', { ...withFile({}), source: '' }, 'source'],
  ['no files in files', { language: 'bash', files: [] }, 'files'],
  ['a path with ..', withFile({ path: '../x' }), 'files[0].path'],
  ['a path with .. inside', withFile({ path: 'a/../../x' }), 'files[0].path'],
  ['an absolute path', withFile({ path: '/etc/passwd' }), 'files[0].path'],
  ['a path with NUL', withFile({ path: 'a\0b' }), 'files[0].path'],
  ['a path with a line break', withFile({ path: 'a\nb' }), 'files[0].path'],
  ['an empty path', withFile({ path: '' }), 'files[0].path'],
  ['a path with an empty part', withFile({ path: 'a//b' }), 'files[0].path'],
  ['a path that ends in a slash', withFile({ path: 'a/' }), 'files[0].path'],
  ['a path that begins with a dash', withFile({ path: '-e' }), 'files[0].path'],
  ['a path with a lone surrogate', withFile({ path: 'a\ud800' }), 'files[0].path'],
  ['a path that is too long', withFile({ path: `${'a/'.repeat(300)}x` }), 'files[0].path'],
  ['a name that is too long', withFile({ path: 'x'.repeat(256) }), 'files[0].path'],
  ['a path given twice', { language: 'bash', files: Array(2).fill({ path: 'a', content: '' }) }, 'files[1].path'],
  [
    'a file that is also a folder',
    { language: 'bash', files: ['a', 'a/b'].map((path) => ({ path, content: '' })) },
    'files[0].path',
  ],
  ['a file without content', { language: 'bash', files: [{ path: 'a' }] }, 'files[0].content'],
  ['broken base64', withFile({ content: 'a', encoding: 'base64' }), 'files[0].content'],
  ['an unknown encoding', withFile({ encoding: 'latin1' }), 'files[0].encoding'],
  ['an unknown field in a file', withFile({ mode: 493 }), 'files[0].mode'],
  ['a file that is too large', withFile({ content: 'x'.repeat(2 ** 20 + 1) }), 'files[0].content'],
  [
    'too many files',
    { language: 'bash', files: Array.from({ length: 101 }, (_, i) => ({ path: `${i}`, content: '' })) },
    'files',
  ],
  ['an entry that is no file', { ...withFile({}), entry: 'other.sh' }, 'entry'],
  ['an entry outside', { ...good, entry: '../x' }, 'entry'],
  ['an entry that begins with a dash', { ...good, entry: '-c' }, 'entry'],
  ['an argument with NUL', { ...good, args: ['a', 'b\0'] }, 'args[1]'],
  ['an argument that is no text', { ...good, args: [1] }, 'args[0]'],
  ['too many arguments', { ...good, args: Array(257).fill('') }, 'args'],
  ['arguments that are too long', { ...good, args: ['x'.repeat(70_000)] }, 'args'],
  ['a variable with a bad name', { ...good, env: { 'A=B': '' } }, 'env.A=B'],
  ['a variable without a name', { ...good, env: { '': '' } }, 'env'],
  ['a variable with NUL', { ...good, env: { A: '\0' } }, 'env.A'],
  ['a variable that is no text', { ...good, env: { A: 1 } }, 'env'],
  ['too many variables', { ...good, env: many(129) }, 'env'],
  ['input that is too large', { ...good, stdin: 'x'.repeat(4 * 2 ** 20 + 1) }, 'stdin'],
  ['input with an unknown encoding', { ...good, stdin: { content: '', encoding: 'hex' } }, 'stdin'],
  ['input in broken base64', { ...good, stdin: { content: '!', encoding: 'base64' } }, 'stdin'],
  ['an unknown limit', { ...good, limits: { wallSeconds: 1 } }, 'limits.wallSeconds'],
  ['a negative limit', { ...good, limits: { wallMs: -1 } }, 'limits.wallMs'],
  ['a limit of 0', { ...good, limits: { cpuMs: 0 } }, 'limits.cpuMs'],
  ['half a process', { ...good, limits: { processes: 1.5 } }, 'limits.processes'],
  ['a limit as text', { ...good, limits: { memoryBytes: '128M' } }, 'limits.memoryBytes'],
  ['memory that nothing can start in', { ...good, limits: { memoryBytes: 1000 } }, 'limits.memoryBytes'],
  ['a limit beyond exact numbers', { ...good, limits: { diskBytes: 2 ** 60 } }, 'limits.diskBytes'],
  ['an unknown priority', { ...good, priority: 'urgent' }, 'priority'],
  ['a label with a bad name', { ...good, labels: { 'a b': '' } }, 'labels.a b'],
  ['a label that is too long', { ...good, labels: { a: 'x'.repeat(257) } }, 'labels'],
  ['too many labels', { ...good, labels: many(33) }, 'labels'],
  ['negative retries', { ...good, retries: -1 }, 'retries'],
  ['too many retries', { ...good, retries: 11 }, 'retries'],
  ['an unknown field', { ...good, timeout: 5 }, 'timeout'],
  ['a field of the answer', { ...good, state: 'succeeded' }, 'state'],
]

const mustBeProblem = (answer: { status: number; headers: Headers; body: Problem }) => {
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const { body, status } = answer
  expect(Object.keys(body)).toEqual(['type', 'title', 'status', 'detail', 'errors', 'requestId'])
  expect(body).toMatchObject({ status, type: expect.stringMatching(/^urn:greenroom:[a-z-]+$/) })
  expect(body.detail).toMatch(/\S.*[.…]$/)
  expect(body.requestId).toMatch(/^[\w-]{8,64}$/)
}

describe('a submission with', () => {
  it.each(bad)('%s is refused, and the refusal names the field', async (_, request, field) => {
    const answer = await submit(request)
    expect(answer.status).toBe(422)
    mustBeProblem(answer)
    const fields = answer.body.errors.map((error) => error.field)
    expect(fields.some((name) => name === field || name.startsWith(`${field}.`) || name.startsWith(`${field}[`))).toBe(
      true,
    )
    expect(answer.body.errors.every(({ field: name, message }) => message.startsWith(name))).toBe(true)
  })

  it('several faults is told all of them at once', async () => {
    const { body } = await submit({
      language: 'bash',
      files: [{ path: '/a', content: '' }],
      args: ['\0'],
      env: { '1': '' },
    })
    expect(body.errors.map((error) => error.field)).toEqual(['files[0].path', 'args[0]', 'env.1'])
  })
})

const fields = [
  'language',
  'version',
  'source',
  'files',
  'entry',
  'args',
  'stdin',
  'interactive',
  'env',
  'limits',
  'priority',
  'labels',
  'retries',
  'artifacts',
]
const nested = { deep: 'x' as unknown }
for (let depth = 0; depth < 50; depth++) nested.deep = { deep: nested.deep }

/** Values of every JSON type, written as JSON so that they reach the server as they are. */
const values = [
  ...[
    'null',
    'true',
    'false',
    '0',
    '-0',
    '-1',
    '1.5',
    '1e999',
    '-1e999',
    '1e308',
    '9007199254740993',
    '99999999999999999999',
  ],
  ...[
    '""',
    '"x"',
    '"\\u0000"',
    '"\\ud800"',
    '"__proto__"',
    '"constructor"',
    '[]',
    '[null]',
    '[[]]',
    '[{}]',
    '[""]',
    '["\\u0000"]',
  ],
  ...['{}', '{"__proto__":{}}', '{"constructor":{"prototype":{}}}', '{"content":null}', '{"toString":"x"}', '{"":""}'],
  ...['out', '../x', 'a/../../b', '', '/tmp', '-o', '\0', '\ud800', 'x'.repeat(5000), 7, [], {}].map((directory) =>
    JSON.stringify({ directory }),
  ),
  ...['{"$where":"1"}', '{"a":{"b":{}}}', '[{"path":"a","content":"","__proto__":{"x":1}}]', JSON.stringify(nested)],
  `${'['.repeat(5000)}${']'.repeat(5000)}`,
]

describe('whatever a field of a submission holds', () => {
  it.each(fields)('%s is taken or refused with 4xx, never an error of ours', async (field) => {
    for (const value of values) {
      const rest = Object.entries(good).filter(([name]) => name !== field && !(field === 'files' && name === 'source'))
      const pairs = [...rest.map(([name, text]) => `"${name}":${JSON.stringify(text)}`), `"${field}":${value}`]
      const answer = await submit(`{${pairs.join(',')}}`)
      expect({ value: value.slice(0, 100), is: [202, 400, 422].includes(answer.status), ...answer.body }).toMatchObject(
        { is: true },
      )
      if (answer.status !== 202) mustBeProblem(answer)
    }
  })

  it(`random requests are taken or refused with 4xx, never an error of ours (seed ${SEED})`, () =>
    seeded(async () => {
      const random = randomOf(SEED)
      for (let round = 0; round < ROUNDS; round++) {
        const pairs = fields.filter(() => random.chance(0.3)).map((field) => `"${field}":${random.pick(values)}`)
        const text = `{${[...(random.chance(0.7) ? ['"language":"bash"'] : []), ...pairs].join(',')}}`
        const cut = random.chance(0.1) ? text.slice(0, random.below(text.length)) : text
        const { status } = await submit(cut)
        expect({ cut: cut.slice(0, 300), is: [202, 400, 422].includes(status), status }).toMatchObject({ is: true })
      }
    }, SEED))

  it('the server is as well afterwards as before, and no object has gained a field', async () => {
    expect((await client.get('//health/ready')).status).toBe(200)
    expect(await client.run({ ...good, source: 'echo well' })).toMatchObject({ stdout: 'well\n', labels: {} })
    expect(server.log()).not.toMatch(/a request has failed/)
  })
})
