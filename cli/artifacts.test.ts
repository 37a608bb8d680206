import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectApi } from './api.ts'
import { declaredFolder, saveArtifacts } from './artifacts.ts'
import type { Execution } from './wire.ts'

const server = createServer((req, res) =>
  res.end(`bytes of ${decodeURIComponent(req.url ?? '').split('/artifacts/')[1]}`),
)
let folder: string
let out: string

beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)))
afterAll(() => new Promise((done) => server.close(done)))
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli artifacts '))
  out = join(folder, 'out')
})
afterEach(() => rmSync(folder, { recursive: true }))

const save = (...paths: string[]) => {
  const api = connectApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {})
  const artifacts = paths.map((path) => ({ path, sizeBytes: 1 }))
  return saveArtifacts(api, { id: 'r', artifacts, artifactsNote: null } as unknown as Execution, out, true)
}
const read = (path: string) => readFileSync(join(folder, path), 'utf8')

describe('artifacts that are saved', () => {
  it('lie below the folder under their paths, and nothing else does', async () => {
    await save('a.txt', "d/e/it's é 100%.txt", '-rf')
    expect([read('out/a.txt'), read("out/d/e/it's é 100%.txt")]).toEqual([
      'bytes of a.txt',
      "bytes of d/e/it's é 100%.txt",
    ])
    expect(readdirSync(out).sort()).toEqual(['-rf', 'a.txt', 'd'])
  })

  it('take the place of what has their name, without writing through a link', async () => {
    mkdirSync(out)
    writeFileSync(join(folder, 'mine'), 'mine')
    symlinkSync('../mine', join(out, 'link'))
    writeFileSync(join(out, 'old'), 'old')
    await save('link', 'old')
    expect([read('mine'), read('out/link'), read('out/old')]).toEqual(['mine', 'bytes of link', 'bytes of old'])
  })

  it('are not saved through a link that leads elsewhere, or over a folder', async () => {
    mkdirSync(join(out, 'taken'), { recursive: true })
    mkdirSync(join(folder, 'elsewhere'))
    symlinkSync('../elsewhere', join(out, 'd'))
    await expect(save('d/x')).rejects.toThrow('is no folder')
    await expect(save('taken')).rejects.toThrow('taken could not be saved')
    expect([readdirSync(join(folder, 'elsewhere')), readdirSync(out).sort()]).toEqual([[], ['d', 'taken']])
  })

  it.each(['../x', '/etc/x', 'a/../../x', 'a//b', '', '.', 'a\\..\\x', 'a\u001b[2J', 'a\nb'])(
    'are refused under the name %j, whoever says so',
    async (path) => {
      await expect(save(path)).rejects.toThrow('which is not saved')
      expect(existsSync(out)).toBe(false)
    },
  )
})

describe('the folder that a program finds', () => {
  it('is called as ours where ours lies below, else by the last part', () => {
    expect(['out', './out/', 'a/b', '../x/out', '/tmp/results'].map(declaredFolder)).toEqual([
      ...['out', 'out', 'a/b', 'out', 'results'],
    ])
    expect(() => declaredFolder('/')).toThrow('name a folder')
  })
})
