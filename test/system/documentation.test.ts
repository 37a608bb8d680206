import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { eventually } from '../eventually.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'
import { cli, type Shell, shellIn } from './shell.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith('.md'),
)
const text = (page: string) => readFileSync(join(ROOT, page), 'utf8')

/** The commands of a page's `sh` blocks, one by one; a line that ends in a backslash goes on in the next. */
const commands = (page: string): string[] =>
  [...text(page).matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = '']) =>
    block
      .split(/(?<!\\)\n/)
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => line !== '' && !line.startsWith('#')),
  )

// These would install and test this very checkout.
const isOfDeployment = (command: string) => /^(?:[A-Z]+=\S+ )*\.\/deploy\.sh (?!repl)/.test(command)
const isWatching = (command: string) => command.includes('--watch')
const examples = pages.flatMap((page) => commands(page).map((command) => ({ page, command })))
const runnable = examples.filter(({ command }) => !isOfDeployment(command))

describe('the documentation', () => {
  let server: Greenroom
  let shell: Shell
  const folder = mkdtempSync(join(tmpdir(), 'green room docs '))

  beforeAll(async () => {
    server = await startGreenroom()
    shell = shellIn(folder, server.url)
    for (const name of ['cli', 'config', 'deploy.sh']) symlinkSync(join(ROOT, name), join(folder, name))
    writeFileSync(join(folder, 'double.py'), 'print(int(input()) * 2)')
    writeFileSync(join(folder, 'main.py'), 'import util; print(util.answer)')
    writeFileSync(join(folder, 'util.py'), 'answer = 42')
  })
  beforeEach(() => writeFileSync(join(folder, 'hello.py'), 'print("hello")'))
  afterAll(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })

  const bash = (command: string) => {
    const here = command.replaceAll('http://127.0.0.1:3000', server.url)
    return shell.bash(`export GREENROOM_DATA='${server.dataDir}' GREENROOM_PORT=${server.port}; set -e; ${here}`)
  }

  it('shows commands', () => {
    expect(runnable.map(({ page }) => page)).toEqual(expect.arrayContaining(['README.md', 'docs/cli.md']))
    expect(runnable.some(({ command }) => command.startsWith('curl'))).toBe(true)
  })

  it.each(runnable.filter(({ command }) => !isWatching(command)))('$page: $command works', async ({ command }) => {
    const { code, stdout, stderr } = await bash(command)
    if (code !== 0) throw new TypeError(`It ended with ${code}: ${stderr}`)
    // curl ends well with a refusal, too.
    expect(String(stdout)).not.toContain('"type":"urn:greenroom')
  })

  it.each(runnable.filter(({ command }) => isWatching(command)))('$page: $command goes on', async ({ command }) => {
    const [name, ...args] = command.split(' ')
    expect(name).toBe('greenroom')
    const watching = shell.start(args)
    try {
      await eventually(() => expect(String(watching.said().stdout)).toBe('hello\n'))
      writeFileSync(join(folder, 'hello.py'), 'print("again")')
      await eventually(() => expect(String(watching.said().stdout)).toBe('hello\nagain\n'))
    } finally {
      watching.kill('SIGINT')
      await watching.ended
    }
  })

  it('speaks of verbs and commands that there are', () => {
    const said = pages.map(text).join('\n')
    const known = [ROOT, cli].map((where) => {
      const [command, args] = where === ROOT ? [join(ROOT, 'deploy.sh'), ['help']] : [cli, ['help']]
      return execFileSync(command, args, { encoding: 'utf8' })
    })
    const named = (pattern: RegExp) => [...new Set([...said.matchAll(pattern)].map(([, name]) => name))]
    const missing = [
      ...named(/\.\/deploy\.sh ([a-z]+)/g).filter((verb) => !known[0]?.includes(`\n  ${verb}`)),
      ...named(/(?:`|^|\| )(?:cli\/)?greenroom ([a-z]+)/gm).filter((command) => !known[1]?.includes(`\n  ${command}`)),
    ]
    expect(missing.filter((name) => name !== 'help')).toEqual([])
  })

  it.each(pages)('%s links to what is there', (page) => {
    const links = [...text(page).matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, link = '']) => link)
    expect(links.filter((link) => !existsSync(join(ROOT, dirname(page), link)))).toEqual([])
  })
})
