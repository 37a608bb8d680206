import { Client } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'

let server: Greenroom
let client: Client
let id: string

const all = Buffer.from(Array.from({ length: 1024 }, (_, at) => (at * 7) % 256))
const source = `
import sys
sys.stdout.buffer.write(bytes((at * 7) % 256 for at in range(1024)))
sys.stderr.buffer.write(b"\\xff\\xfe err")`

beforeAll(async () => {
  server = await startGreenroom()
  client = new Client(server.url)
  id = (await client.run({ language: 'python', source })).id
})
afterAll(() => server.close())

const output = (range?: string, stream = 'stdout') =>
  client.get(`/executions/${id}/output?stream=${stream}`, range === undefined ? {} : { Range: range })

describe('the output of a run', () => {
  it('is given byte for byte, one stream at a time, stdout where nothing is said', async () => {
    const stdout = await output()
    expect(stdout.status).toBe(200)
    expect(stdout.bytes.equals(all)).toBe(true)
    expect((await client.get(`/executions/${id}/output`)).bytes.equals(all)).toBe(true)
    expect((await output(undefined, 'stderr')).bytes.toString('latin1')).toBe('ÿþ err')
    expect(Object.fromEntries(stdout.headers)).toMatchObject({
      ...{ 'content-type': 'application/octet-stream', 'content-length': '1024', 'accept-ranges': 'bytes' },
      ...{ 'content-disposition': expect.stringMatching(/^attachment/), 'x-content-type-options': 'nosniff' },
    })
  })

  it.each([
    ['bytes=0-0', 0, 0],
    ['bytes=0-99', 0, 99],
    ['bytes=100-', 100, 1023],
    ['bytes=1023-', 1023, 1023],
    ['bytes=500-999999', 500, 1023],
    ['bytes=-1', 1023, 1023],
    ['bytes=-24', 1000, 1023],
    ['bytes=-5000', 0, 1023],
  ])('is given in part for Range: %s', async (range, start, end) => {
    const answer = await output(range)
    expect(answer.status).toBe(206)
    expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end}/1024`)
    expect(answer.headers.get('content-length')).toBe(String(end - start + 1))
    expect(answer.bytes.equals(all.subarray(start, end + 1))).toBe(true)
  })

  it.each(['bytes=1024-', 'bytes=5000-6000', 'bytes=-0'])('gets 416 and its size for Range: %s', async (range) => {
    const answer = await output(range)
    expect(answer.status).toBe(416)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('content-range')).toBe('bytes */1024')
  })

  it.each(['bytes=9-3', 'bytes=', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,5-6', 'bytes=-'])(
    'is given whole for a Range that a server may ignore: %s',
    async (range) => {
      const answer = await output(range)
      expect({ status: answer.status, length: answer.bytes.length }).toEqual({ status: 200, length: 1024 })
    },
  )

  it('tells its length to HEAD and sends nothing', async () => {
    const answer = await client.ask('HEAD', `/executions/${id}/output`)
    expect({ status: answer.status, length: answer.headers.get('content-length'), bytes: answer.bytes.length }).toEqual(
      {
        ...{ status: 200, length: '1024', bytes: 0 },
      },
    )
  })

  it.each(['stdin', 'both', '', 'STDOUT'])('refuses the stream %j', async (stream) => {
    const answer = await client.refused('GET', `/executions/${id}/output?stream=${stream}`)
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: 'stream' }] } })
  })

  it('is empty for a run that printed nothing, where any range is out of reach', async () => {
    const silent = await client.run({ language: 'bash', source: 'true' })
    const answer = await client.get(`/executions/${silent.id}/output`)
    expect({ status: answer.status, length: answer.bytes.length }).toEqual({ status: 200, length: 0 })
    const part = await client.get(`/executions/${silent.id}/output`, { Range: 'bytes=0-' })
    expect(part.status).toBe(416)
  })

  it('is what has been printed so far while the program runs, and can be followed by ranges', async () => {
    const { id: live } = await client.submit({
      language: 'bash',
      source: 'for i in {1..20}; do echo line $i; sleep 0.05; done',
    })
    let seen = ''
    while (true) {
      const { finishedAt } = await client.show(live)
      const answer = await client.get(`/executions/${live}/output`, { Range: `bytes=${seen.length}-` })
      if (answer.status === 206) seen += answer.bytes.toString()
      if (finishedAt !== null) break
    }
    expect(seen).toBe(Array.from({ length: 20 }, (_, i) => `line ${i + 1}\n`).join(''))
  })

  it('has a preview of 64 KiB in the run, with broken bytes replaced, and is whole here', async () => {
    const run = await client.run({
      language: 'python',
      source: 'import sys; sys.stdout.buffer.write(b"ab\\xff" * 50000)',
    })
    expect(run.outputBytes).toEqual({ stdout: 150_000, stderr: 0 })
    expect(run.stdout).toBe(`${'ab\ufffd'.repeat(21845)}a`)
    expect((await client.output(run.id)).equals(Buffer.from('ab\xff'.repeat(50_000), 'latin1'))).toBe(true)
  })

  it('has a preview that ends between characters', async () => {
    const run = await client.run({ language: 'python', source: 'print("a" + "ä" * 40000, end="")' })
    expect(run.stdout.replaceAll('ä', '')).toBe('a')
  })
})
