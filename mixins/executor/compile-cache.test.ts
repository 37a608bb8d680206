import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { openCompileCache } from './compile-cache.ts'
import { type Build, decodeBuild, encodeBuild, receiveBuild } from './compile-cache-frame.ts'
import { compileKey } from './compile-cache-key.ts'
import type { Program, Runtime } from './executor.ts'
import { type Case, programOf } from './lab.ts'

const parent = mkdtempSync(join(tmpdir(), 'greenroom-builds-'))
const folder = join(parent, 'builds')

afterAll(() => rmSync(parent, { recursive: true, force: true }))

const runtime: Runtime = { language: 'c', version: '12', compile: ['cc'], run: [], env: { A: 'b' }, mounts: [] }
const program = (what: Case = {}, more: Partial<Program> = {}): Program => ({
  ...programOf(runtime, 'main.c', { source: 'int main() {}', ...what }),
  ...more,
})
const buildOf = (bytes: number): Build => [{ path: '/home/build/program', bytes: randomBytes(bytes) }]

describe('the key of a program', () => {
  it('is the same for the same sources, whatever they are run with and in whatever order they come', () => {
    const [one, two] = [
      { path: 'main.c', bytes: Buffer.from('1') },
      { path: 'b.h', bytes: Buffer.from('2') },
    ]
    const key = compileKey(program({}, { files: [one, two] }))
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    expect(compileKey(program({ args: ['x'], env: { X: 'y' } }, { files: [two, one], id: 'other' }))).toBe(key)
  })

  it('differs in all that a compiler may see or be, and in who may share', () => {
    const files = (...pairs: [string, string][]) => pairs.map(([path, text]) => ({ path, bytes: Buffer.from(text) }))
    const changed = (more: Partial<Runtime>) => ({ runtime: { ...runtime, ...more } })
    const programs = [
      program(),
      program({ source: 'int main() { }' }),
      program({}, { files: files(['main.c', 'int main() {}'], ['a.h', '']) }),
      program({}, { files: files(['main.c', 'int main() {}'], ['b.h', '']) }),
      program({}, { files: files(['main.c', 'int main() {}'], ['b.h', 'a']) }),
      program({}, { entry: 'other.c' }),
      program({}, { scope: 'ada' }),
      program({}, { scope: 'grace' }),
      ...[{ version: '13' }, { compile: ['cc', '-O2'] }, { env: {} }, { language: 'cpp' }].map((more) =>
        program({}, changed(more)),
      ),
      program({}, changed({ mounts: [['/opt/cc', '/opt/cc']] })),
    ]
    expect(new Set(programs.map(compileKey)).size).toBe(programs.length)
  })

  it('cannot be made to fit two programs by moving bytes between names and contents', () => {
    const files = (...pairs: [string, string][]) => pairs.map(([path, text]) => ({ path, bytes: Buffer.from(text) }))
    const one = program({}, { files: files(['main.c', 'a\n["b",1]\nc']) })
    const two = program({}, { files: files(['main.c', 'a'], ['b', 'c']) })
    expect(compileKey(one)).not.toBe(compileKey(two))
  })

  it.each(['puts(__TIME__)', '__DATE__', 'asm(".incbin \\"x\\"")', '#include "/proc/uptime"', '"../../dev/urandom"'])(
    'does not exist for %s, which compiles to something else each time',
    (source) => {
      expect(compileKey(program({ source }))).toBeNull()
      expect(openCompileCache(folder, 1000).of(program({ source }))).toBeNull()
    },
  )
})

describe('the cache of compiled programs', () => {
  it('gives back what was kept, and nothing for other sources', async () => {
    const cache = openCompileCache(folder, 1 << 20)
    const build = [...buildOf(1000), { path: '/home/build/a/b', bytes: Buffer.alloc(0) }]
    await cache.of(program())!.keep(build)
    expect(await cache.of(program())!.find()).toEqual(build)
    expect(await cache.of(program({ source: 'x' }))!.find()).toBeNull()
  })

  it('is asked in vain for a program that is not compiled', () => {
    const { compile: _, ...interpreted } = runtime
    expect(openCompileCache(folder, 1000).of(program({}, { runtime: interpreted }))).toBeNull()
  })

  it('finds what is still being written', async () => {
    const kept = openCompileCache(folder, 1 << 20).of(program())!
    const build = buildOf(100_000)
    const writing = kept.keep(build)
    expect(await kept.find()).toEqual(build)
    await writing
  })

  it('lies where nobody else may look', async () => {
    await openCompileCache(folder, 1 << 20)
      .of(program())!
      .keep(buildOf(10))
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  })

  it('never serves a build of which a byte has changed, or that is gone', async () => {
    const cache = openCompileCache(folder, 1 << 20)
    const kept = cache.of(program())!
    for (const spoil of [flipByte, cutShort, rmSync]) {
      await kept.keep(buildOf(500))
      spoil(join(folder, readdirSync(folder)[0]!))
      expect(await kept.find()).toBeNull()
      expect(readdirSync(folder)).toEqual([])
    }
  })

  it('keeps to its size: what was not used for longest goes first, and nothing large comes in at all', async () => {
    const cache = openCompileCache(folder, 10_000)
    const kept = Array.from({ length: 6 }, (_, index) => cache.of(program({ source: `${index}` }))!)
    for (const one of kept.slice(0, 4)) await one.keep(buildOf(2300))
    await kept[0]!.find()
    await kept[4]!.keep(buildOf(2300))
    await kept[5]!.keep(buildOf(2600))
    const found = await Promise.all(kept.map((one) => one.find()))
    expect(found.map((build) => build !== null)).toEqual([true, false, true, true, true, false])
    expect(readdirSync(folder)).toHaveLength(4)
  })

  it('begins empty', async () => {
    await openCompileCache(folder, 1 << 20)
      .of(program())!
      .keep(buildOf(10))
    expect(
      await openCompileCache(folder, 1 << 20)
        .of(program())!
        .find(),
    ).toBeNull()
    expect(() => readdirSync(folder)).toThrow('ENOENT')
  })

  it('says that it cannot write, and goes on', async () => {
    const path = join(parent, 'a-file')
    const cache = openCompileCache(path, 1 << 20)
    writeFileSync(path, '')
    await expect(cache.of(program())!.keep(buildOf(10))).rejects.toThrow()
    expect(await cache.of(program())!.find()).toBeNull()
  })
})

const flipByte = (path: string) => {
  const bytes = readFileSync(path)
  bytes[bytes.length - 7]! ^= 1
  writeFileSync(path, bytes)
}
const cutShort = (path: string) => writeFileSync(path, readFileSync(path).subarray(0, -1))

describe('a build on its way out of a sandbox', () => {
  const sent = (build: Build, length?: number) => {
    const bytes = encodeBuild(build)
    const size = Buffer.alloc(4)
    size.writeUInt32BE(length ?? bytes.length)
    return Buffer.concat([size, bytes])
  }
  const received = async (pieces: Buffer[], most = 1 << 20) => {
    const stream = new PassThrough()
    const build = receiveBuild(stream, most)
    for (const piece of pieces) stream.write(piece)
    stream.end()
    return await build
  }

  it('arrives whole, in whatever pieces it comes', async () => {
    const build = [...buildOf(3000), { path: '/home/build/classes/A.class', bytes: Buffer.from('a') }]
    const bytes = sent(build)
    for (const size of [1, 3, 4, 5, 1000, bytes.length]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      )
      expect(await received(pieces)).toEqual(build)
    }
  })

  it('is none where it is empty, too large, cut short or longer than it says', async () => {
    const bytes = sent(buildOf(100))
    expect(await received([Buffer.alloc(4)])).toBeNull()
    expect(await received([])).toBeNull()
    expect(await received([bytes.subarray(0, -1)])).toBeNull()
    expect(await received([sent(buildOf(100), 10)])).toBeNull()
    expect(await received([sent(buildOf(3 << 20))], 1 << 20)).toBeNull()
  })

  it.each([
    '/home/runner/main.c',
    '/etc/passwd',
    'program',
    '/home/build/../runner/x',
    '/home/build//x',
    '/home/build/',
  ])('never holds %j', (path) => {
    expect(decodeBuild(encodeBuild([{ path, bytes: Buffer.from('x') }]))).toBeNull()
  })

  it('is none when its bytes are noise', () => {
    const whole = encodeBuild(buildOf(200))
    for (let round = 0; round < 500; round++) {
      const noise = randomBytes(1 + (round % 80))
      expect([noise.toString('hex'), decodeBuild(noise)]).toEqual([noise.toString('hex'), null])
      expect(decodeBuild(Buffer.concat([whole, noise]))).toBeNull()
    }
  })
})
