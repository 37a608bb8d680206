import { detectLanguages } from '../../config/runtimes.ts'
import { Lab, roomy } from './lab.ts'

const { runtimes } = await detectLanguages()
const lab = new Lab({ warm: false })
const refusal = await lab.refusal()

afterAll(() => lab.close())

const of = (language: string) => {
  const found = runtimes.find((runtime) => runtime.language === language)
  const test = refusal === null && found ? it : it.skip
  const run = async (files: Record<string, string>) => {
    const limits = { ...roomy, memoryBytes: found!.limits.memoryBytes, processes: found!.limits.processes }
    const { outcome, stdout, stderr } = await lab.run(found!.runtime, Object.keys(files)[0]!, { files, limits })
    return { ending: outcome.ending, stdout, stderr }
  }
  return { test, run }
}
const exit = (stdout: string) => ({ ending: { cause: 'exit', exitCode: 0 }, stdout, stderr: '' })

describe('a Go program', () => {
  const { test, run } = of('go')
  const say = (text: string) => `package main\nfunc say() { println("${text}") }`
  const main = 'package main\nfunc main() { say() }'

  test('may be a module of several packages, in a folder of its own', async () => {
    const seen = await run({
      'app/main.go': 'package main\nimport "example.com/app/words"\nfunc main() { print(words.Hello) }',
      'app/go.mod': 'module example.com/app\n',
      'app/words/words.go': 'package words\nconst Hello = "hello"',
    })
    expect(seen).toEqual({ ...exit(''), stderr: 'hello' })
  })

  test('is made of all files beside its entry, whatever system they are for', async () => {
    const ignored = `//go:build ignore\n\n${main}`
    expect((await run({ 'main.go': ignored, 'say_windows.go': say('here') })).stderr).toBe('here\n')
  })

  test('may hold the files that it names', async () => {
    const source = 'package main\nimport _ "embed"\n//go:embed data.txt\nvar data string\nfunc main() { print(data) }'
    expect(await run({ 'main.go': source, 'data.txt': 'embedded', 'go.mod': 'module x\n' })).toMatchObject({
      stderr: 'embedded',
    })
  })

  test.each([
    ['has no main', 'package words\nfunc main() {}', 'nothing to run'],
    ['uses what is internal', 'package main\nimport "internal/abi"\nfunc main() { _ = abi.FuncPCABI0 }', 'not allowed'],
    ['needs C', 'package main\nimport "C"\nfunc main() {}', 'no Go source files'],
    ['is a test', 'package main_test', 'main'],
  ])('that %s does not compile', async (_, source, reason) => {
    const seen = await run({ 'main.go': source })
    expect(seen.ending).toMatchObject({ cause: 'compile' })
    expect(seen.stderr).toContain(reason)
  })
})

describe('a Java program', () => {
  const { test, run } = of('java')
  const say = (text: string) => `public static void main(String... args) { System.out.print("${text}"); }`

  test.each([
    ['named as the file', 'Main.java', `class Other { ${say('other')} } class Main { ${say('main')} }`, 'main'],
    [
      'that has a main, of several',
      'Main.java',
      `class Empty { class Inner {} } class Second { ${say('second')} }`,
      'second',
    ],
    ['in a package', 'app/Main.java', `package app.deep; enum Main { A; ${say('packaged')} }`, 'packaged'],
    [
      'that is not in a comment or a string',
      'Main.java',
      `/* class A { ${say('a')} } */ // class B {\nclass C { String s = "class D { \\" {"; char c = '{'; ${say('c')} }`,
      'c',
    ],
  ])('starts the class %s', async (_, name, source, said) => {
    expect(await run({ [name]: source })).toEqual(exit(said))
  })

  test('without a main is told so by Java', async () => {
    const seen = await run({ 'Main.java': 'class Main {}' })
    expect(seen.ending).toEqual({ cause: 'exit', exitCode: 1 })
    expect(seen.stderr).toMatch(/main/i)
  })
})

describe('a C program', () => {
  const { test, run } = of('c')
  test('may have any name, and files with spaces in theirs', async () => {
    const seen = await run({
      program:
        '#include <math.h>\n#include <stdio.h>\nint two(void);\nint main(void) { printf("%.0f", pow(two(), 10)); }',
      'a folder/two of them.c': 'int two(void) { return 2; }',
    })
    expect(seen).toEqual(exit('1024'))
  })
})
