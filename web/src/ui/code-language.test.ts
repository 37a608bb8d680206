import { languages } from '../../../config/languages.ts'
import { languageFor } from './code-language.ts'

describe('the editor', () => {
  it.each(languages.map(({ id, fileName }) => [id, fileName]))(
    'colours %s, by its name and by its file',
    async (id, fileName) => {
      expect(await languageFor('no-ending', id)).not.toEqual([])
      expect(await languageFor(fileName, '')).not.toEqual([])
    },
  )
})
