import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { languageCases } from '../mixins/executor/language-cases.ts'
import { examples } from './examples.ts'
import type { Language } from './language.ts'
import { languages } from './languages.ts'
import { languagesPage, printLanguages } from './languages-page.ts'
import { detectLanguages } from './runtimes.ts'

const folder = mkdtempSync(join(tmpdir(), 'greenroom-languages-'))
chmodSync(folder, 0o755)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A toolchain that tells its version; nothing else is asked of it here. */
const toolchain = (name: string, version: string, mode = 0o755): string => {
  const path = join(folder, name, 'bin/tool')
  mkdirSync(join(folder, name, 'bin'), { recursive: true })
  writeFileSync(path, `#!/bin/sh\necho tool ${version}\n`)
  chmodSync(path, 0o755)
  chmodSync(join(folder, name), mode)
  return path
}

const language = (paths: string[], more: Partial<Language> = {}): Language => ({
  id: 'tool',
  title: 'Tool',
  aliases: [],
  fileName: 'main.tool',
  syntax: 'tool',
  package: 'tool-cli',
  about: '',
  detect: { paths, version: ['--version'], pattern: /tool (\d+\.\d+)/ },
  homeInside: '/opt/tool',
  run: ['{command}', '{home}', '{version}', '{entry}'],
  ...more,
})

const runtimesOf = async (row: Language) => (await detectLanguages([row])).runtimes.map(({ runtime }) => runtime)

describe('the catalogue', () => {
  const words = languages.flatMap(({ id, aliases }) => [id, ...aliases])

  it('has the thirteen languages, each under names of its own', () => {
    expect(languages.map(({ title }) => title)).toEqual(
      'Python JavaScript TypeScript Ruby Go Bash C C++ Java Rust PHP Perl Lua'.split(' '),
    )
    expect(new Set(words).size).toBe(words.length)
    expect(words.filter((word) => word !== word.toLowerCase())).toEqual([])
  })

  it.each(languages.map(({ id }) => id))('has examples of %s, one of them with input or arguments', (id) => {
    const own = examples.filter((example) => example.language === id)
    expect(own.length).toBeGreaterThanOrEqual(3)
    expect(own.filter(({ stdin, args }) => stdin !== '' || args.length > 0).length).toBeGreaterThanOrEqual(1)
    expect(languageCases[id]).toBeDefined()
  })

  it('compiles what has a program that does not compile, and nothing else', () => {
    const compiled = languages.filter(({ compile }) => compile).map(({ id }) => id)
    expect(compiled).toEqual(languages.map(({ id }) => id).filter((id) => languageCases[id]?.broken))
  })

  it('is the documentation', () => {
    expect(readFileSync(languagesPage, 'utf8')).toBe(printLanguages())
  })
})

describe('a language', () => {
  it('is offered in every version that is found, the best place first, each once', async () => {
    const [one, two] = [toolchain('a', '2.1'), toolchain('b', '3.0')]
    toolchain('c', '2.1')
    const found = await runtimesOf(language([one, join(folder, '*/bin/tool'), two]))
    expect(found.map(({ version }) => version)).toEqual(['2.1', '3.0'])
  })

  it('outside of the folders of the system is shown as a whole where it lies', async () => {
    const path = toolchain('d', '1.0')
    const [runtime] = await runtimesOf(language([path]))
    expect(runtime?.mounts).toEqual([[join(folder, 'd'), '/opt/tool']])
    expect(runtime?.run).toEqual(['/opt/tool/bin/tool', '/opt/tool', '1.0', '{entry}'])
  })

  it('that needs more than is there says what it lacks', async () => {
    const detect = { ...language([]).detect, paths: [toolchain('e', '1.0')], needs: ['/usr/include/no-such.h'] }
    const { runtimes, missing } = await detectLanguages([language([], { detect })])
    expect(runtimes).toEqual([])
    expect(missing[0]?.reason).toBe(`Tool at ${detect.paths[0]} lacks /usr/include/no-such.h.`)
  })

  const asRoot = process.getuid?.() === 0 ? it : it.skip
  asRoot('in a private folder is not offered, and the reason is told', async () => {
    const path = toolchain('f', '1.0', 0o700)
    const { runtimes, missing } = await detectLanguages([language([path])])
    expect(runtimes).toEqual([])
    expect(missing).toEqual([
      { language: 'tool', title: 'Tool', package: 'tool-cli', reason: `Tool at ${path} cannot be shown to sandboxes.` },
    ])
  })

  it('that is nowhere, or does not run, is missing and no more than that', async () => {
    const broken = toolchain('g', 'none')
    for (const paths of [[], ['/nonexistent/tool'], [broken]]) {
      const { missing } = await detectLanguages([language(paths)])
      expect(missing).toEqual([
        {
          language: 'tool',
          title: 'Tool',
          package: 'tool-cli',
          reason: 'Tool was not found in any of its usual places.',
        },
      ])
    }
  })
})
