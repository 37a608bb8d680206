import { Client } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'

let server: Greenroom
let client: Client

beforeAll(async () => {
  server = await startGreenroom({ env: { GREENROOM_MAX_WALL_MS: '60000' } })
  client = new Client(server.url)
})
afterAll(() => server.close())

describe('the program of a request', () => {
  it('is several files in folders, the first of which is the entry', async () => {
    const files = [
      { path: 'main.py', content: 'from lib.words import word\nprint(word)\n' },
      { path: 'lib/words.py', content: 'word = "from another file"\n', encoding: 'utf8' },
    ]
    expect(await client.run({ language: 'python', files })).toMatchObject({ stdout: 'from another file\n' })
  })

  it('starts at the entry that is named', async () => {
    const files = [
      { path: 'a.sh', content: 'echo a' },
      { path: 'deep/er/b.sh', content: 'echo b; pwd; cat a.sh' },
    ]
    const { stdout } = await client.run({ language: 'bash', files, entry: 'deep/er/b.sh' })
    expect(stdout).toBe('b\n/home/runner\necho a')
  })

  it('has binary files from base64, byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const files = [
      { path: 'main.py', content: 'import sys; sys.stdout.buffer.write(open("all.bin", "rb").read())' },
      { path: 'all.bin', content: bytes.toString('base64'), encoding: 'base64' },
    ]
    const { id } = await client.run({ language: 'python', files })
    expect((await client.output(id)).equals(bytes)).toBe(true)
  })

  it('keeps names and text of every script as they are', async () => {
    const files = [
      { path: 'main.py', content: 'print(open("naïve 文件 🎉.txt").read(), end="")' },
      { path: 'naïve 文件 🎉.txt', content: 'Ünïcödé 漢字 🎉\u2028\uFEFF' },
    ]
    expect(await client.run({ language: 'python', files })).toMatchObject({ stdout: 'Ünïcödé 漢字 🎉\u2028\uFEFF' })
  })

  it('gets its arguments exactly, however strange', async () => {
    const args = ['', 'a b', '$HOME `id`', '\'"\\', '--help', '-x', 'ä漢🎉', 'line\nbreak', '*']
    const source = 'import sys, json; print(json.dumps(sys.argv[1:]))'
    const { stdout } = await client.run({ language: 'python', source, args })
    expect(JSON.parse(stdout)).toEqual(args)
  })

  it('gets its environment, and nothing of the server', async () => {
    const env = { GREETING: 'hällo wörld', EMPTY: '', A_1: 'x=y\nz', GREENROOM_PORT: '1' }
    const source = 'import os, json; print(json.dumps(dict(os.environ)))'
    const seen = JSON.parse((await client.run({ language: 'python', source, env })).stdout)
    expect(seen).toMatchObject(env)
    expect(Object.keys(seen).filter((name) => /^(GREENROOM_(?!PORT)|NODE_|npm_)/.test(name))).toEqual([])
  })

  it('finds its input at an end when none was given', async () => {
    expect(await client.run({ language: 'bash', source: 'wc -c' })).toMatchObject({ state: 'succeeded', stdout: '0\n' })
  })

  it('takes input as text, as an object and as base64', async () => {
    const source = 'import sys; print(sys.stdin.buffer.read())'
    const stdouts: string[] = []
    for (const stdin of ['tëxt\n', { content: 'tëxt\n' }, { content: 'AP8K', encoding: 'base64' }, ''])
      stdouts.push((await client.run({ language: 'python', source, stdin })).stdout)
    expect(stdouts).toEqual(["b't\\xc3\\xabxt\\n'\n", "b't\\xc3\\xabxt\\n'\n", "b'\\x00\\xff\\n'\n", "b''\n"])
  })

  it('takes 4 MiB of input whole', async () => {
    const stdin = 'x'.repeat(4 * 1024 * 1024)
    expect(await client.run({ language: 'bash', source: 'wc -c', stdin })).toMatchObject({
      stdout: `${stdin.length}\n`,
    })
  })

  it('is not hurt when it never reads its input', async () => {
    const stdin = 'x'.repeat(1024 * 1024)
    expect(await client.run({ language: 'bash', source: 'exit 0', stdin })).toMatchObject({ state: 'succeeded' })
  })
})

describe('the version of a request', () => {
  it('is a prefix by whole numbers, an alias names its language, and case does not matter', async () => {
    const { version } = await client.run({ language: 'python', source: '' })
    const [major, minor] = version.split('.')
    for (const wanted of [major, `${major}.${minor}`, version]) {
      const view = await client.run({ language: 'PY', version: wanted, source: '' })
      expect(view).toMatchObject({ language: 'python', version })
    }
    const answer = await client.refused('POST', '/executions', { language: 'python', version: `${major}.`, source: '' })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: 'version' }] } })
  })

  it('that nobody has is refused with those that there are, as an unknown language is', async () => {
    const version = await client.refused('POST', '/executions', { language: 'python', version: '2.7', source: '' })
    expect(version).toMatchObject({ status: 422, body: { errors: [{ field: 'version' }] } })
    expect(version.body.detail).toMatch(/3\.\d+\.\d+/)
    const language = await client.refused('POST', '/executions', { language: 'cobol', source: '' })
    expect(language).toMatchObject({ status: 422, body: { errors: [{ field: 'language' }] } })
    for (const name of ['python', 'javascript', 'bash']) expect(language.body.detail).toContain(name)
  })
})

describe('the limits of a request', () => {
  const most = {
    wallMs: 60_000,
    cpuMs: 3_600_000,
    memoryBytes: 2 ** 31,
    processes: 512,
    outputBytes: 2 ** 28,
    diskBytes: 2 ** 30,
  }
  const given = {
    wallMs: 4321,
    cpuMs: 3210,
    memoryBytes: 2 ** 26,
    processes: 17,
    outputBytes: 99_999,
    diskBytes: 2 ** 22,
  }

  it('are in force where given, and the defaults of the language where not', async () => {
    expect((await client.run({ language: 'bash', source: '', limits: given })).limits).toEqual(given)
    const { limits } = await client.run({ language: 'bash', source: '', limits: { wallMs: 5000 } })
    const { body } = await client.get<{ language: string; limits: object }[]>('/runtimes')
    expect(limits).toEqual({ ...body.find(({ language }) => language === 'bash')!.limits, wallMs: 5000 })
  })

  it('are never more by default than the most that may be asked for', async () => {
    const { body } = await client.get<{ limits: { wallMs: number } }[]>('/runtimes')
    expect(Math.max(...body.map(({ limits }) => limits.wallMs))).toBeLessThanOrEqual(most.wallMs)
    expect(await client.run({ language: 'bash', source: 'true' })).toMatchObject({ state: 'succeeded' })
  })

  it.each(Object.entries(most))('refuse %s above %d and name the setting, but take the most', async (name, value) => {
    const request = (limit: number) => ({ language: 'bash', source: 'true', limits: { [name]: limit } })
    const answer = await client.refused('POST', '/executions', request(value + 1))
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: `limits.${name}` }] } })
    expect(answer.body.detail).toContain('GREENROOM_MAX_')
    expect(await client.run(request(value))).toMatchObject({ state: 'succeeded', limits: { [name]: value } })
  })
})

describe('priority, labels and retries of a request', () => {
  it.each(['critical', 'high', 'normal', 'low', 'idle'])('takes the priority %s', async (priority) => {
    expect(await client.run({ language: 'bash', source: '', priority })).toMatchObject({ priority })
  })

  it('keeps labels and gives them back', async () => {
    const labels = { team: 'green', 'build/no': '7', 'a-b_c': 'ä = : , "🎉"', empty: '' }
    const { id } = await client.run({ language: 'bash', source: '', labels })
    expect((await client.show(id)).labels).toEqual(labels)
  })

  it('never repeats a program that failed by itself', async () => {
    const view = await client.run({ language: 'bash', source: 'exit 9', retries: 3 })
    expect(view).toMatchObject({ state: 'failed', cause: 'exit', exitCode: 9, attempt: 1 })
  })
})
