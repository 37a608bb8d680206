import { Client } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'

let server: Greenroom
let client: Client
let id: string

const NAME = 'd/it\'s "é" & 100%.bin'
const source = `
import os
os.makedirs("out/d")
open(${JSON.stringify(`out/${NAME}`)}, "wb").write(bytes(range(256)))
open("out/page.html", "w").write("<script>alert(1)</script>")
open("out/empty", "w")
os.symlink("/etc/passwd", "out/passwd")
raise SystemExit(3)`
const asked = { language: 'python', source, artifacts: { directory: 'out' } }
const pathOf = (name: string) => `/executions/${id}/artifacts/${name.split('/').map(encodeURIComponent).join('/')}`

beforeAll(async () => {
  server = await startGreenroom()
  client = new Client(server.url)
  id = (await client.run(asked)).id
})
afterAll(() => server.close())

describe('the artifacts of a run', () => {
  it('are listed in it, with what was left out', async () => {
    expect(await client.show(id)).toMatchObject({
      ...{ state: 'failed', exitCode: 3, artifactsNote: 'Left out: "passwd" (a symbolic link).' },
      artifacts: [
        { path: NAME, sizeBytes: 256 },
        { path: 'empty', sizeBytes: 0 },
        { path: 'page.html', sizeBytes: 25 },
      ],
    })
    const without = await client.run({ language: 'bash', source: 'mkdir out; echo > out/a' })
    expect(without).toMatchObject({ artifacts: null, artifactsNote: null })
    expect((await client.get(`/executions/${id}/program`)).body).toMatchObject({ artifacts: { directory: 'out' } })
  })

  it('are given byte for byte, whole or in part', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, at) => at))
    expect((await client.get(pathOf(NAME))).bytes.equals(all)).toBe(true)
    const part = await client.get(pathOf(NAME), { Range: 'bytes=10-19' })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 10-19/256'])
    expect(part.bytes.equals(all.subarray(10, 20))).toBe(true)
    expect((await client.get(pathOf(NAME), { Range: 'bytes=256-' })).status).toBe(416)
    const empty = await client.get(pathOf('empty'))
    expect([empty.status, empty.bytes.length, empty.headers.get('content-length')]).toEqual([200, 0, '0'])
    const head = await client.ask('HEAD', pathOf(NAME))
    expect([head.status, head.headers.get('content-length'), head.bytes.length]).toEqual([200, '256', 0])
  })

  it('are files to save, never pages to show', async () => {
    const page = await client.get(pathOf('page.html'))
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="page.html"',
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
    })
    expect((await client.get(pathOf(NAME))).headers.get('content-disposition')).toBe(
      `attachment; filename="it_s ___ _ 100_.bin"; filename*=UTF-8''it%27s%20%22%C3%A9%22%20%26%20100%25.bin`,
    )
  })

  it.each(['nothing', 'd', 'passwd', '../main.py', '%2e%2e/main.py', 'd%00', 'x'.repeat(3000)])(
    'are 404 under a path that was not handed out: %.30s',
    async (name) => {
      const answer = await client.refused('GET', pathOf(name))
      expect([answer.status, answer.body.status]).toEqual([404, 404])
    },
  )

  it('are refused in a folder that is none of the program', async () => {
    const faulty: [unknown, string][] = [
      [{ directory: '../out' }, 'artifacts.directory'],
      [{ directory: '/tmp' }, 'artifacts.directory'],
      [{ directory: 'main.py' }, 'artifacts.directory'],
      [{ directory: '' }, 'artifacts.directory'],
      [{ directory: 5 }, 'artifacts.directory'],
      [{}, 'artifacts.directory'],
      ['out', 'artifacts'],
      [{ directory: 'out', most: 5 }, 'artifacts'],
    ]
    const files = [{ path: 'main.py', content: '' }]
    for (const [artifacts, field] of faulty) {
      const answer = await client.refused('POST', '/executions', { language: 'python', files, artifacts })
      expect([answer.status, answer.body.errors[0]!.field]).toEqual([422, expect.stringMatching(`^${field}`)])
    }
  })

  it('go with their run', async () => {
    const { id: other } = await client.run(asked)
    expect((await client.ask('DELETE', `/executions/${other}`)).status).toBe(204)
    expect((await client.get(`/executions/${other}/artifacts/empty`)).status).toBe(404)
  })
})
