import { execFileSync } from 'node:child_process'
import { copyAs } from './copy-as.ts'
import { quoted } from './shell.ts'
import type { Submission } from './wire.ts'

const submission: Submission = {
  language: 'python',
  files: [
    { path: 'lib/it.py', content: "x = 'it''s'\nEND\n" },
    { path: 'main.py', content: 'print("""a\\n""", \'$HOME\')\\' },
  ],
  entry: 'main.py',
  args: ['one two', "it's"],
  stdin: 'hello\n',
  env: { A: 'x y' },
  limits: { wallMs: 5000, memoryBytes: 134_217_728 },
}
const sh = (script: string) => execFileSync('sh', ['-c', script], { encoding: 'utf8' })

describe('a run copied', () => {
  it('as curl carries the very submission through a shell', () => {
    const command = copyAs('curl', submission, 'http://127.0.0.1:3000')
    const body = sh(`curl() { for last; do :; done; printf %s "$last"; }\n${command}`)
    expect(JSON.parse(body)).toEqual(submission)
  })

  it('as Python carries the very submission', () => {
    const json = /json\.loads\(r"""([\s\S]*?)"""\)/.exec(copyAs('python', submission, 'http://x'))?.[1]
    expect(JSON.parse(json ?? '')).toEqual(submission)
  })

  it('as TypeScript carries the very submission', () => {
    const source = copyAs('typescript', submission, 'http://x')
    const json = /JSON\.stringify\(([\s\S]*?)\),\n}\)/.exec(source)?.[1]
    expect(JSON.parse(json ?? '')).toEqual(submission)
  })

  it('as a command line names the entry first, its limits and arguments', () => {
    const command = copyAs('cli', submission, 'http://127.0.0.1:3000')
    expect(command).toContain("<<'END_'")
    expect(command).toContain(
      `printf %s 'hello\n' | greenroom run main.py lib/it.py --language python --wall 5s --memory 128M --env 'A=x y' --url http://127.0.0.1:3000 -- 'one two' 'it'\\''s'`,
    )
  })

  it('names the token without giving it away', () => {
    expect(copyAs('curl', submission, 'http://x', true)).toContain('Bearer $GREENROOM_TOKEN')
  })

  it('quotes what a shell would change', () => {
    expect([quoted('plain-1.py'), sh(`printf %s ${quoted("a'b $c")}`)]).toEqual(['plain-1.py', "a'b $c"])
  })
})
