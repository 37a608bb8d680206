import { draftOf } from './draft.ts'
import { added, freeName, removed, renamed, uploaded } from './files.ts'

const draft = added(draftOf({ language: 'python', files: [{ path: 'main.py', content: '' }] }), {
  path: 'b.py',
  content: '',
})
const paths = (of: typeof draft) => of.files.map((file) => file.path)

describe('the files of a program', () => {
  it('keep an entry when one is renamed or removed', () => {
    expect(renamed(draft, 'main.py', 'a.py')).toMatchObject({ entry: 'a.py' })
    expect(removed(draft, 'main.py')).toMatchObject({ entry: 'b.py' })
    expect(removed(draft, 'b.py')).toMatchObject({ entry: 'main.py' })
  })

  it('are never none', () => {
    expect(paths(removed(removed(draft, 'main.py'), 'b.py'))).toEqual(['b.py'])
  })

  it('have names of their own', () => {
    expect([freeName('c.py', ['b.py']), freeName('b.py', ['b.py', 'b-2.py']), freeName('x', ['x'])]).toEqual([
      'c.py',
      'b-3.py',
      'x-2',
    ])
  })

  it('are uploaded as what they are', () => {
    expect(uploaded('a.txt', new TextEncoder().encode('grün'))).toEqual({ path: 'a.txt', content: 'grün' })
    expect(uploaded('a.bin', new Uint8Array([255, 0]))).toEqual({ path: 'a.bin', content: '/wA=', encoding: 'base64' })
  })
})
