import { PassThrough } from 'node:stream'
import { seeded } from '../../test/random.ts'
import { decodeArtifacts } from './artifacts.ts'
import type { ArtifactsWanted, LeftOut } from './executor.ts'
import { encodeFiles, receiveFrame } from './handed-over.ts'

const wanted: ArtifactsWanted = { directory: 'out', mostFiles: 3, mostBytes: 1000 }

const number = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const sized = (bytes: string | Buffer) => [number(Buffer.byteLength(bytes)), Buffer.from(bytes as string)]

type File = { path: string; bytes: Buffer }
type Left = { path: string | Buffer; why: string }
const frame = (files: File[], left: Left[] = [], more = 0) =>
  Buffer.concat([
    encodeFiles(files),
    number(left.length),
    ...left.flatMap(({ path, why }) => [...sized(path), ...sized(why)]),
    number(more),
  ])
const file = (path: string, size = 1): File => ({ path, bytes: Buffer.alloc(size, 'x') })

describe('artifacts on their way out of a sandbox', () => {
  it('are the files and what was left out, as they were sent', () => {
    const files = [file('a.txt', 0), file('é/b c.bin', 900)]
    const leftOut: LeftOut[] = [{ path: 'l', why: 'link' }]
    expect(decodeArtifacts(frame(files, leftOut, 7), wanted)).toEqual({ files, leftOut, more: 7 })
  })

  it.each([
    '',
    '/etc/passwd',
    '../x',
    'a/../../x',
    'a/./b',
    'a//b',
    'a/',
    'a\nb',
    'a\0b',
    '\u001b[31m',
    '\u009b2J',
    'a\\b',
    'txt\u202efdp.exe',
    'a\u200b',
    '\u2028',
    'x'.repeat(256),
    `${'x/'.repeat(256)}x`,
  ])('are not believed with a file called %j', (path) => {
    expect(decodeArtifacts(frame([file(path)]), wanted)).toBeNull()
  })

  it('are not believed with a name that is not UTF-8', () => {
    const bytes = frame([file('abc')])
    bytes[8] = 0xff
    expect(decodeArtifacts(bytes, wanted)).toBeNull()
  })

  it('are not believed beyond what may be handed out', () => {
    expect(decodeArtifacts(frame(['a', 'b', 'c', 'd'].map((path) => file(path))), wanted)).toBeNull()
    expect(decodeArtifacts(frame([file('a', 600), file('b', 401)]), wanted)).toBeNull()
    expect(decodeArtifacts(frame([file('a'), file('a')]), wanted)).toBeNull()
    expect(decodeArtifacts(frame([], [{ path: 'a', why: 'because' }]), wanted)).toBeNull()
    expect(decodeArtifacts(frame([], Array(101).fill({ path: 'a', why: 'link' })), wanted)).toBeNull()
  })

  it('name what was left out in a way that can be shown', () => {
    const left = [{ path: Buffer.from('a\u001b[2J\xff\u202e', 'latin1'), why: 'name' }]
    const [first] = decodeArtifacts(frame([], left), wanted)!.leftOut
    expect(first!.path).toMatch(/^a\ufffd\[2J\ufffd.$/u)
    expect(first!.path).not.toContain('\u001b')
  })

  it('are whole or none, whatever their bytes and however these come', async () => {
    await seeded(async (random) => {
      const whole = frame([file('a', 40), file('b/c', 3)], [{ path: 'd', why: 'special' }], 2)
      for (let round = 0; round < 2000; round++) {
        const bytes = Buffer.from(whole)
        for (let times = random.below(4); times > 0; times--) bytes[random.below(bytes.length)] = random.below(256)
        const cut = bytes.subarray(0, random.chance(0.3) ? random.below(bytes.length) : bytes.length)
        const found = decodeArtifacts(cut, wanted)
        if (cut.length < whole.length) expect(found).toBeNull()
        for (const { path } of found?.files ?? []) expect(path).toMatch(/^[^/\\\p{Cc}]+(\/[^/\\\p{Cc}]+)*$/u)
      }
      for (let round = 0; round < 100; round++) {
        const stream = new PassThrough()
        const received = receiveFrame(stream, wanted.mostBytes)
        const sent = Buffer.concat([number(whole.length), whole])
        for (let at = 0, size = 0; at < sent.length; at += size) {
          size = 1 + random.below(30)
          stream.write(sent.subarray(at, at + size))
        }
        expect(await received).toEqual(whole)
      }
    })
  })

  it('are none where the sandbox is gone before they came', async () => {
    const gone = new PassThrough()
    gone.destroy()
    expect(await receiveFrame(gone, 10)).toBeNull()
    const early = new PassThrough()
    const received = receiveFrame(early, 10)
    early.end(number(5))
    expect(await received).toBeNull()
  })
})
