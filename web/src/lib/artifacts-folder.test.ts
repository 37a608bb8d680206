import { faults } from '../../../services/executions/submission.ts'
import { folderFault } from './artifacts-folder.ts'

const files = [
  { path: 'main.py', content: '' },
  { path: 'lib/a.py', content: '' },
]
const paths = files.map(({ path }) => path)
const refused = (directory: string) =>
  faults({ language: 'python', files, artifacts: { directory } }).some(({ field }) => field === 'artifacts.directory')

describe('the folder whose files are handed out', () => {
  it('may be left out', () => {
    expect(folderFault('', paths)).toBeNull()
  })

  it.each(['out', 'out/plots', 'lib', 'lib/b', 'main.pyx', 'mit Leerzeichen', 'Ausgabe-ü', '.hidden', 'a\\b'])(
    'may be %p, here as in the API',
    (folder) => {
      expect([folderFault(folder, paths), refused(folder)]).toEqual([null, false])
    },
  )

  const wrong = ['/out', '../out', 'a/../b', './out', 'out/', 'a//b', '-out', 'a\0b', 'a\nb', 'a\x7fb', '\ud800']
  it.each([...wrong, 'x'.repeat(256), 'ü'.repeat(200), 'x/'.repeat(300).slice(0, -1), 'main.py', 'lib/a.py/out'])(
    'cannot be %p, here as in the API',
    (folder) => {
      expect([folderFault(folder, paths) === null, refused(folder)]).toEqual([false, true])
    },
  )
})
