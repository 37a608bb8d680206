import type { Program } from './executor.ts'
import { refusalOf } from './refusals.ts'

const program = (change: Partial<Program> = {}): Program => ({
  id: 'a-1',
  runtime: { language: 'x', version: '1', run: [], env: {}, mounts: [] },
  files: [{ path: 'main.py', bytes: Buffer.alloc(0) }],
  entry: 'main.py',
  args: [],
  env: {},
  limits: { wallMs: 1, cpuMs: 1, memoryBytes: 2 ** 20, processes: 1, outputBytes: 1, diskBytes: 1 },
  ...change,
})
const atPath = (path: string) => program({ files: [{ path, bytes: Buffer.alloc(0) }], entry: path })

describe('a program is refused', () => {
  const bad = [
    '',
    '/etc/passwd',
    '../x',
    'a/../../x',
    'a/./b',
    'a//b',
    'a/',
    '-c',
    'a\nb',
    'a\0b',
    '\u001b[31m',
    '.',
    '..',
  ]
  it.each(bad.map((path) => [JSON.stringify(path)]))('where a file is called %s', (quoted) => {
    expect(refusalOf(atPath(JSON.parse(quoted)))).toContain('is not a plain relative path')
  })

  it('where a name is longer than file systems take', () => {
    expect(refusalOf(atPath('é'.repeat(128)))).toContain('plain relative path')
    expect(refusalOf(atPath('é'.repeat(127)))).toBeNull()
  })

  it('where it has too many files, or its entry is none of them', () => {
    const files = Array.from({ length: 257 }, (_, index) => ({ path: `${index}`, bytes: Buffer.alloc(0) }))
    expect(refusalOf(program({ files, entry: '1' }))).toContain('at most 256 files')
    expect(refusalOf(program({ entry: 'other.py' }))).toContain('not among the files')
    const clash = ['main.py', 'a/b', 'a'].map((path) => ({ path, bytes: Buffer.alloc(0) }))
    expect(refusalOf(program({ files: clash }))).toContain('"a" is a file and also a folder')
  })

  it('where an argument, a variable, the id or a limit cannot be', () => {
    expect(refusalOf(program({ args: ['a\0'] }))).toContain('zero byte')
    const environments: Record<string, string>[] = [{ '': 'x' }, { 'A=B': 'x' }, { A: 'x\0' }]
    for (const env of environments) expect(refusalOf(program({ env }))).toContain('variable')
    for (const id of ['', '../x', 'a b', 'a'.repeat(101)]) expect(refusalOf(program({ id }))).toContain('The id')
    for (const wallMs of [0, -1, 1.5, Number.NaN, Infinity])
      expect(refusalOf(program({ limits: { ...program().limits, wallMs } }))).toContain('limits.wallMs')
    expect(refusalOf(program({ limits: { ...program().limits, memoryBytes: 4096 } }))).toContain('limits.memoryBytes')
    for (const name of ['wallMs', 'processes', 'memoryBytes'])
      expect(refusalOf(program({ limits: { ...program().limits, [name]: 2 ** 52 } }))).toContain(`limits.${name}`)
  })
})

describe('paths drawn at random', () => {
  it('are let in only where they stay below the folder', () => {
    const seed = Date.now() % 1_000_000
    let state = seed
    const draw = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return state % below
    }
    const parts = ['a', '..', '.', '', '-x', 'é', '\u0000', 'b c', '~', '$HOME', 'x'.repeat(300), '\n', '🙂']
    for (let round = 0; round < 5000; round++) {
      const path = Array.from({ length: 1 + draw(5) }, () => parts[draw(parts.length)]).join('/')
      if (refusalOf(atPath(path)) !== null) continue
      const stays = new URL(`file:///work/${encodeURI(path)}`).pathname.startsWith('/work/')
      expect({ seed, path, stays }).toEqual({ seed, path, stays: true })
    }
  })
})
