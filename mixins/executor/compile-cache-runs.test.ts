import type { Runtime } from './executor.ts'
import { type Case, Lab, programOf } from './lab.ts'
import type { SandboxOptions } from './sandbox.ts'

// Each time it compiles, it makes a program that prints another number, then runs its source.
const COMPILE = `mkdir -p /home/build/parts
{ echo '#!/bin/sh'; echo "echo $(cat /proc/sys/kernel/random/uuid)"; cat "$1"; } > /home/build/program
chmod 755 /home/build/program
if [ -f compiling.sh ]; then . ./compiling.sh; fi`

const runtime: Runtime = {
  language: 'numbered',
  version: '1',
  compile: ['/bin/sh', '-c', COMPILE, 'build', '{entry}'],
  run: ['/home/build/program'],
  env: {},
  mounts: [],
}

const labs: Lab[] = []
const open = async (options: Partial<SandboxOptions> = {}) => {
  const lab = new Lab({ warm: false, ...options })
  labs.push(lab)
  return { lab, refusal: await lab.refusal() }
}
const { lab, refusal } = await open()
const here = refusal === null ? describe : describe.skip

afterAll(async () => {
  for (const one of labs) await one.close()
})

let sources = 0
/** The same program in all that matters to a compiler, twice. */
const twice = async (source: string, first: Case = {}, second: Case = first, on = lab) => {
  const own = `# ${sources++}\n${source}`
  const run = (what: Case) => on.run(runtime, 'main.sh', { ...what, files: { 'main.sh': own, ...what.files } })
  return { one: await run(first), two: await run(second) }
}
const numberOf = ({ stdout }: { stdout: string }) => stdout.slice(0, 36)
const isCompiledOnce = ({ one, two }: Awaited<ReturnType<typeof twice>>) => {
  expect(numberOf(one)).toMatch(/^[0-9a-f-]{36}$/)
  expect(two.stdout).not.toBe('')
  return numberOf(one) === numberOf(two)
}

here('a program that was compiled before', () => {
  it('is not compiled again, whatever it is run with', async () => {
    const seen = await twice(
      'echo "$1 $WORD $(cat)"; exit 3',
      { args: ['a'], stdin: 'x', env: { WORD: 'hi' } },
      { args: ['b'] },
    )
    expect(isCompiledOnce(seen)).toBe(true)
    expect([seen.one.stdout.slice(37), seen.two.stdout.slice(37)]).toEqual(['a hi x\n', 'b  \n'])
    expect(seen.two.outcome.ending).toEqual({ cause: 'exit', exitCode: 3 })
  })

  it('is not compiled again when it ended by a signal of its own', async () => {
    expect(isCompiledOnce(await twice('kill -9 $$'))).toBe(true)
  })

  it('finds all its files, as nobody can tell from a first run', async () => {
    const compiling = '(cd /home/build; mkdir -p parts/deep; echo data > parts/deep/one; echo data > parts/two)'
    const files = { 'compiling.sh': compiling }
    const seen = await twice('cd /home/build; find . -type f -printf "%p %m %s\\n" | sort; cat parts/*/*; id -u; pwd', {
      files,
    })
    expect(isCompiledOnce(seen)).toBe(true)
    expect(seen.two.stdout).toBe(seen.one.stdout)
    expect(seen.two.stdout).toContain('./parts/deep/one 555 5\n')
  })

  it('cannot change what the next run gets', async () => {
    const seen = await twice(
      'chmod 777 /home/build/program; echo "echo evil" >> /home/build/program; wc -l < /home/build/program',
    )
    const third = await twice('cat /home/build/program')
    expect(isCompiledOnce(seen)).toBe(true)
    expect(seen.two.stdout).toBe(seen.one.stdout)
    expect(third.two.stdout).not.toContain('evil')
  })
})

here('a program is compiled again', () => {
  it('when a file of it is another', async () => {
    const seen = await twice('', { files: { data: 'a' } }, { files: { data: 'b' } })
    expect(isCompiledOnce(seen)).toBe(false)
  })

  it.each([
    ['ran out of time', 'sleep 20', { wallMs: 600 }, 'wall_timeout'],
    ['printed too much', 'yes', { outputBytes: 2000 }, 'output_limit'],
    ['took too much memory', 'x=xxxxxxxx; while :; do x=$x$x; done', { memoryBytes: 24 << 20 }, 'oom'],
  ])('when it %s', async (_, source, limits, cause) => {
    const seen = await twice(source, { limits })
    expect(seen.two.outcome.ending.cause).toBe(cause)
    expect(isCompiledOnce(seen)).toBe(false)
  })

  it('when it was cancelled', async () => {
    const source = '# cancelled\necho; sleep 20'
    const pieces: Uint8Array[] = []
    const running = lab.executor.start(programOf(runtime, 'main.sh', { source }), {
      output: (_, bytes) => {
        pieces.push(bytes)
        running.cancel()
      },
    })
    expect((await running.ended).ending.cause).toBe('cancelled')
    const two = await lab.run(runtime, 'main.sh', { source, limits: { wallMs: 600 } })
    expect(numberOf(two)).not.toBe(numberOf({ stdout: Buffer.concat(pieces).toString() }))
  })

  it('when the compiler had something to say, so that it says it again', async () => {
    const files = { 'compiling.sh': 'echo "warning: think of it" >&2' }
    const seen = await twice('', { files })
    expect(isCompiledOnce(seen)).toBe(false)
    expect([seen.one.stderr, seen.two.stderr]).toEqual(['warning: think of it\n', 'warning: think of it\n'])
  })

  it('when it did not compile', async () => {
    const seen = await twice('', { files: { 'compiling.sh': 'echo no >&2; exit 7' } })
    expect(seen.two.outcome.ending).toEqual({ cause: 'compile', exitCode: 7 })
    expect(seen.two.stderr).toBe('no\n')
  })

  it.each([
    ['a link', 'ln -s /etc/passwd /home/build/link'],
    ['a pipe', 'mkfifo /home/build/pipe'],
    ['too many files', '(cd /home/build; seq 5000 | xargs touch)'],
    ['too many bytes', 'truncate -s 70000000 /home/build/large'],
  ])('when the compiler left %s', async (_, compiling) => {
    const seen = await twice('', { files: { 'compiling.sh': compiling }, limits: { memoryBytes: 512 << 20 } })
    expect(seen.one.stderr).toBe('')
    expect(isCompiledOnce(seen)).toBe(false)
  })

  it('when nothing is to be kept', async () => {
    const none = await open({ compileCacheBytes: 0 })
    expect(isCompiledOnce(await twice('', {}, {}, none.lab))).toBe(false)
  })
})
