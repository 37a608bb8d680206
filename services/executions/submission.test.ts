import type { Submission } from './executions.contract.ts'
import { BOUNDS, faults, program } from './submission.ts'

const hello: Submission = { language: 'python', source: 'print(1)' }
const named = (submission: Partial<Submission>) => faults({ language: 'python', ...submission })
const fields = (submission: Partial<Submission>) => named(submission).map(({ field }) => field)
const file = (path: string, content = '') => ({ path, content })

describe('a submission', () => {
  it('with a source, or with files and everything else, has no fault', () => {
    expect(faults(hello)).toEqual([])
    const files = [
      file('main.py', 'print(1)'),
      file('lib/käse.py'),
      { ...file('x.bin', 'AP8='), encoding: 'base64' as const },
    ]
    const extras = {
      args: ['a b', ''],
      env: { A: 'b', _x1: '' },
      labels: { 'team/a-b': 'ü' },
      stdin: 'x',
      entry: 'lib/käse.py',
    }
    expect(named({ files, ...extras })).toEqual([])
  })

  it('gives either a source or files', () => {
    expect(named({})).toEqual([{ field: 'source', message: 'source: give either source or files.' }])
    expect(fields({ source: '', files: [file('a')] })).toEqual(['source'])
  })

  it.each([
    ['/etc/passwd', 'is absolute'],
    ['../up', 'must not contain ".."'],
    ['a/../../b', 'must not contain ".."'],
    ['./a', 'must not contain "."'],
    ['a//b', 'has an empty part'],
    ['a/', 'has an empty part'],
    ['a\0b', 'holds a NUL'],
    ['a\nb', 'control character'],
    ['x'.repeat(256), 'has a name longer than 255 bytes'],
    ['ä'.repeat(128), 'has a name longer than 255 bytes'],
    [`${'a/'.repeat(256)}b`, 'is longer than 512 bytes'],
    ['a\ud800', 'is not valid Unicode'],
  ])('names a file by its path: %j %s', (path, why) => {
    const [fault] = named({ files: [file('main.py'), file(path)] })
    expect(fault).toMatchObject({ field: 'files[1].path', message: expect.stringContaining(why) })
    expect(fault?.message).toContain(JSON.stringify(path))
    expect(named({ source: '', entry: path })[0]).toMatchObject({
      field: 'entry',
      message: expect.stringContaining(why),
    })
  })

  it("names files that stand in each other's way", () => {
    expect(named({ files: [file('a'), file('a')] })[0]?.message).toBe('files[1].path: "a" is given twice.')
    expect(named({ files: [file('a'), file('a/b')] })[0]?.message).toBe(
      'files[0].path: "a" is a file and also the folder of "a/b".',
    )
    expect(named({ files: [file('a'), file('ab')] })).toEqual([])
  })

  it('names an entry that is none of its files', () => {
    expect(named({ files: [file('a')], entry: 'b' })[0]?.message).toBe('entry: no file has the path "b".')
    expect(named({ source: '', entry: 'other.py' })).toEqual([])
  })

  it('holds at most so many files, and bytes in each and in all of them', () => {
    const many = (count: number, bytes = 0) =>
      Array.from({ length: count }, (_, index) => file(`f${index}`, 'x'.repeat(bytes)))
    expect(named({ files: many(BOUNDS.files) })).toEqual([])
    expect(named({ files: many(BOUNDS.files + 1) })[0]?.message).toBe('files: 101 files are more than 100.')
    expect(named({ files: many(4, BOUNDS.fileBytes) })).toEqual([])
    expect(fields({ files: many(1, BOUNDS.fileBytes + 1) })).toEqual(['files[0].content'])
    expect(fields({ files: many(5, BOUNDS.fileBytes) })).toEqual(['files'])
    expect(fields({ source: 'x'.repeat(BOUNDS.fileBytes + 1) })).toEqual(['source'])
    expect(named({ source: '', stdin: 'x'.repeat(BOUNDS.totalBytes) })).toEqual([])
    expect(fields({ source: '', stdin: 'x'.repeat(BOUNDS.totalBytes + 1) })).toEqual(['stdin'])
  })

  it('counts bytes, not characters, and those that base64 stands for', () => {
    const half = BOUNDS.fileBytes / 2
    expect(named({ source: 'é'.repeat(half) })).toEqual([])
    expect(fields({ source: 'é'.repeat(half + 1) })).toEqual(['source'])
    const full = Buffer.alloc(BOUNDS.fileBytes).toString('base64')
    expect(named({ files: [{ path: 'a', content: full, encoding: 'base64' }] })).toEqual([])
  })

  it.each(['AA', 'A', 'A===', 'AA=A', 'A A=', '-_==', 'AAAA\n', 'ü=='])('refuses %j as base64', (content) => {
    expect(fields({ files: [{ path: 'a', content, encoding: 'base64' }] })).toEqual(['files[0].content'])
    expect(fields({ source: '', stdin: { content, encoding: 'base64' } })).toEqual(['stdin.content'])
  })

  it('refuses text that is not Unicode, since it could not be kept exactly', () => {
    expect(fields({ source: '\ud800' })).toEqual(['source'])
    expect(fields({ files: [file('a', 'x\udfff')] })).toEqual(['files[0].content'])
    expect(fields({ source: '', stdin: '\ud800', args: ['\ud800'], env: { A: '\ud800' } })).toEqual([
      'stdin',
      'args[0]',
      'env.A',
    ])
  })

  it.each(['', '1A', 'A-B', 'A=B', 'Ä', 'A B', 'A'.repeat(256)])('refuses %j as the name of a variable', (name) => {
    expect(fields({ source: '', env: { [name]: '' } })).toEqual([`env.${name.slice(0, 64)}`])
  })

  it('bounds arguments and variables by number and by size', () => {
    const env = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`V${index}`, '']))
    expect(named({ source: '', args: Array(BOUNDS.args).fill(''), env: env(BOUNDS.env) })).toEqual([])
    expect(fields({ source: '', args: Array(BOUNDS.args + 1).fill('') })).toEqual(['args'])
    expect(fields({ source: '', env: env(BOUNDS.env + 1) })).toEqual(['env'])
    expect(named({ source: '', args: ['x'.repeat(BOUNDS.argumentBytes - 1)] })).toEqual([])
    expect(fields({ source: '', args: ['x'.repeat(BOUNDS.argumentBytes)] })).toEqual(['args'])
    expect(fields({ source: '', env: { A: 'x'.repeat(BOUNDS.argumentBytes) } })).toEqual(['env'])
    expect(fields({ source: '', args: ['ok', 'a\0b'], env: { A: '\0' } })).toEqual(['args[1]', 'env.A'])
  })

  it.each(['', '-a', 'a b', 'ä', 'a.b', 'a"b', 'a'.repeat(64)])('refuses %j as the name of a label', (name) => {
    expect(fields({ source: '', labels: { [name]: 'v' } })).toEqual([`labels.${name.slice(0, 64)}`])
  })

  it('has at most so many labels', () => {
    const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, '']))
    expect(named({ source: '', labels: labels(BOUNDS.labels) })).toEqual([])
    expect(fields({ source: '', labels: labels(BOUNDS.labels + 1) })).toEqual(['labels'])
  })

  it('is told of all its faults at once, each sentence led by its field', () => {
    const wrong = named({ files: [file('/a'), file('..')], env: { '1': '' }, labels: { ' ': '' } })
    expect(wrong.map(({ field }) => field)).toEqual(['files[0].path', 'files[1].path', 'env.1', 'labels. '])
    for (const { field, message } of wrong) expect(message.startsWith(`${field}: `)).toBe(true)
  })
})

describe('the program that is kept', () => {
  it('has a lone source as a file of the name that its language or its author gives', () => {
    expect(program(hello, 'python', 'main.py')).toEqual({
      language: 'python',
      files: [file('main.py', 'print(1)')],
      entry: 'main.py',
    })
    expect(program({ ...hello, entry: 'b.py' }, 'python', 'main.py')).toMatchObject({ entry: 'b.py' })
  })

  it('begins with its first file where no entry is given', () => {
    const files = [file('b.py'), file('a.py')]
    expect(program({ language: 'py', files }, 'python', 'main.py')).toEqual({
      language: 'python',
      files,
      entry: 'b.py',
    })
    expect(program({ language: 'py', files, entry: 'a.py' }, 'python', 'main.py').entry).toBe('a.py')
  })
})
