import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { entryOf, readFiles } from './program-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'files-'))
const file = (path: string, content: string | Uint8Array) => {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), content)
  return join(folder, path)
}
afterAll(() => rmSync(folder, { recursive: true }))

describe('the files of a program', () => {
  it('keep their places relative to the folder that holds them all', () => {
    const paths = [file('app/src/main.py', 'a'), file('app/src/lib/util.py', 'b'), file('app/data.txt', 'c')]
    expect(readFiles(paths).map(({ path }) => path)).toEqual(['src/main.py', 'src/lib/util.py', 'data.txt'])
    expect(readFiles([paths[1]!])).toEqual([{ path: 'util.py', content: 'b' }])
  })

  it('travel as text where they are text, and byte for byte where they are not', () => {
    const bytes = Buffer.from([0xff, 0x00, 0xfe])
    const [text, binary] = readFiles([file('t.py', '\ufeffprint("ü")'), file('b.bin', bytes)])
    expect(text).toEqual({ path: 't.py', content: '\ufeffprint("ü")' })
    expect(binary).toEqual({ path: 'b.bin', content: bytes.toString('base64'), encoding: 'base64' })
  })

  it('may be started by any of their names', () => {
    const paths = [file('p/a.py', ''), file('p/q/b.py', '')]
    const files = readFiles(paths)
    for (const name of [paths[1]!, 'q/b.py', 'b.py']) expect(entryOf(name, paths, files)).toBe('q/b.py')
    expect(() => entryOf('c.py', paths, files)).toThrow('--entry is "c.py", which is none of the files: a.py, q/b.py.')
  })

  it('must be there, and be files', () => {
    expect(() => readFiles([join(folder, 'none.py')])).toThrow('There is no file')
    expect(() => readFiles([folder])).toThrow('is a folder; name its files')
  })
})
