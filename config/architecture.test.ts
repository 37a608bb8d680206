import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { checkout } from './settings.ts'

const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: checkout, encoding: 'utf8' })
const shown = [...new Set(listed.split('\n'))].filter((file) => !/(^|\/)\./.test(file))
const files = shown.filter((file) => /\.(ts|mjs|svelte)$/.test(file))
const scripts = shown.filter((file) => /\.(pl|py|rb|cjs|sh)$/.test(file))
const text = (file: string) => {
  try {
    return readFileSync(join(checkout, file), 'utf8')
  } catch (error) {
    // Deleted, but not yet from the index.
    if ((error as { code?: string }).code === 'ENOENT') return ''
    throw error
  }
}
const sources = new Map(files.map((file) => [file, text(file)]))

const top = (path: string) => path.split('/')[0] ?? ''
/** Code of the product, and not what proves it. */
const isProduct = (file: string) => !/\.(test|suite)\.ts$/.test(file) && !/^(test|bench|web)\//.test(file)
const isIn =
  (...folders: string[]) =>
  (file: string) =>
    isProduct(file) && folders.includes(top(file))
const code = (file: string) => (sources.get(file) ?? '').replace(/^\s*(\/\/|\/?\*).*$/gm, '')

/** What a file imports of this checkout, as paths from its root. */
const imports = (file: string): string[] =>
  [...code(file).matchAll(/(?:from|import\()\s*'(\.{1,2}\/[^']+)'/g)].map(([, path = '']) =>
    normalize(join(dirname(file), path)),
  )

const arrows = (of: (file: string) => boolean) =>
  files.filter(of).flatMap((file) => imports(file).map((to) => ({ file, to, arrow: `${file} -> ${to}` })))
const offending = (of: (file: string) => boolean, isAllowed: (to: string, file: string) => boolean) =>
  arrows(of)
    .filter(({ file, to }) => !isAllowed(to, file))
    .map(({ arrow }) => arrow)

const lines = (of: (file: string) => boolean, pattern: RegExp) =>
  files.filter(of).filter((file) => pattern.test(code(file)))

/** The parts of an actor that other actors may know: what it says, not what it does. */
const SPOKEN = /\.(contract|events|jobs|errors|schema|streams|bytes)\.ts$/
const actorOf = (path: string) => path.split('/')[1]

describe('the arrows between folders', () => {
  it('lead from services to mixins, and to the contracts of other services only', () => {
    const isAllowed = (to: string, file: string) =>
      top(to) === 'mixins' || (top(to) === 'services' && (actorOf(to) === actorOf(file) || SPOKEN.test(to)))
    expect(offending(isIn('services'), isAllowed)).toEqual([])
  })

  it('lead from mixins to mixins only', () => {
    expect(offending(isIn('mixins'), (to) => top(to) === 'mixins')).toEqual([])
  })

  it('lead from config to mixins, and to the manifest', () => {
    expect(offending(isIn('config'), (to) => ['config', 'mixins', 'package.json'].includes(top(to)))).toEqual([])
  })

  it('lead from the composition root to config and mixins', () => {
    const isRoot = (file: string) => file === 'moleculer.config.ts'
    expect(offending(isRoot, (to) => ['config', 'mixins'].includes(top(to)))).toEqual([])
  })

  it('lead to no test from anything that is not one', () => {
    expect(offending(isProduct, (to) => !/\.(test|suite|sample)\.ts$/.test(to) && top(to) !== 'test')).toEqual([])
  })
})

describe('the code', () => {
  it('names a mode where backends are chosen, and nowhere else', () => {
    const isElsewhere = (file: string) => isIn('services', 'mixins', 'cli')(file) || file.startsWith('web/src/')
    expect(lines(isElsewhere, /\b(embedded|distributed)\b/i)).toEqual([])
  })

  it('reads the environment where settings are read, and nowhere else', () => {
    const isElsewhere = (file: string) => isIn('services', 'mixins', 'config', 'moleculer.config.ts')(file)
    expect(lines((file) => isElsewhere(file) && file !== 'config/env.ts', /\bprocess\.env\b/)).toEqual([])
  })

  it('calls actions by their contract, not by a string', () => {
    const isCaller = (file: string) => isIn('services', 'mixins', 'config')(file) && top(file.slice(7)) !== 'contract'
    expect(lines(isCaller, /\b(ctx|broker|via)\.call\(\s*['"`]/)).toEqual([])
    expect(lines(isIn('services'), /\b(ctx|broker)\.(call|emit|broadcast|broadcastLocal)\(/)).toEqual([])
  })

  it('has no file of more than 250 lines', () => {
    const isLong = (file: string) => text(file).split('\n').length - 1 > 250
    expect(scripts.length).toBeGreaterThan(5)
    expect([...files, ...scripts].filter(isLong)).toEqual([])
  })

  it('exports by name, where no framework asks for a default', () => {
    const asked = /\.service\.ts$|^moleculer\.config\.ts$|(^|\/)\w+\.config\.m?[jt]s$|^test\/jest\/|^cli\/commands\//
    expect(lines((file) => !asked.test(file) && !file.endsWith('.svelte'), /^export default /m)).toEqual([])
  })

  it('has no file whose name says nothing', () => {
    const nothing = /^(utils?|helpers?|common|misc|types|constants|index|tools|lib)\.(ts|mjs|svelte)$/
    expect(files.filter((file) => nothing.test(basename(file)))).toEqual([])
  })

  it('has no loose end', () => {
    // Spelt so that this file is no loose end itself.
    expect(lines(() => true, new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')))).toEqual([])
    expect(lines(() => true, new RegExp('@ts-' + 'ignore|\\bas ' + 'any\\b'))).toEqual([])
  })
})

describe('the contracts', () => {
  const declarations = (kind: string) =>
    files
      .filter(isIn('services'))
      .flatMap((file) =>
        [...code(file).matchAll(new RegExp(`export const (\\w+) = ${kind}\\(\\{\\s*name: '([^']+)'`, 'g'))].map(
          ([, constant = '', name = '']) => ({ file, constant, name }),
        ),
      )
  const isUsed = ({ file, constant }: { file: string; constant: string }, pattern: string) =>
    files.some(
      (other) =>
        isIn('services')(other) && other !== file && new RegExp(pattern.replace('NAME', constant)).test(code(other)),
    )
  const unused = (kind: string, pattern: string) =>
    declarations(kind)
      .filter((declaration) => !isUsed(declaration, pattern))
      .map(({ name }) => name)

  it('are found', () => {
    expect(arrows(isIn('services')).length).toBeGreaterThan(50)
    expect(declarations('event').length).toBeGreaterThanOrEqual(5)
    expect(declarations('request').length).toBeGreaterThanOrEqual(1)
    expect(declarations('signal').length).toBeGreaterThanOrEqual(5)
    expect(declarations('job').length).toBeGreaterThanOrEqual(1)
  })

  it('have one name each, which begins with its owner', () => {
    const all = ['event', 'request', 'signal', 'job'].flatMap(declarations)
    const services = files
      .filter(isIn('services'))
      .flatMap((file) => code(file).match(/(?<== contract\(')[^']+/g) ?? [])
    const names = [...all.map(({ name }) => name), ...services]
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
    expect(all.filter(({ file, name }) => actorOf(file) !== name.split('.')[0])).toEqual([])
  })

  it('of facts, signals and jobs are on the page that lists them', () => {
    const page = readFileSync(join(checkout, 'docs/events.md'), 'utf8')
    const missing = ['event', 'request', 'signal', 'job']
      .flatMap(declarations)
      .filter(({ name }) => !page.includes(`### \`${name}\``))
    expect(missing).toEqual([])
  })

  it('of facts and signals are told by somebody and heard by somebody', () => {
    expect(unused('event', 'fact\\((events\\.|facts\\.)?NAME\\b')).toEqual([])
    expect(unused('event', '\\bon\\((events\\.|facts\\.)?NAME\\b')).toEqual([])
    expect(unused('request', '\\bon\\((events\\.|facts\\.)?NAME\\b')).toEqual([])
    expect(unused('signal', '\\b(broadcast|whisper)\\([^,]+, NAME\\b')).toEqual([])
    expect(unused('signal', '\\bhear\\((events\\.|facts\\.)?NAME\\b')).toEqual([])
  })

  it('of jobs are taken by the actor that declares them', () => {
    const taken = declarations('job').filter(({ file, constant }) =>
      files.some(
        (other) =>
          actorOf(other) === actorOf(file) && other !== file && isProduct(other) && code(other).includes(constant),
      ),
    )
    expect(taken.length).toBe(declarations('job').length)
  })
})

describe('the dependencies', () => {
  const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >
  const all = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {}),
  )

  it('have exact versions', () => {
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })

  it('have a line each that says why, and no line is left of one that has gone', () => {
    const page = readFileSync(join(checkout, 'docs/dependencies.md'), 'utf8')
    const told = [...page.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name)
    expect(told.sort()).toEqual(all.map(([name]) => name).sort())
  })
})
