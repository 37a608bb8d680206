import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../eventually.ts'
import { Client } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'
import { type Shell, shellIn } from './shell.ts'

let server: Greenroom
let client: Client
let shell: Shell
const folder = mkdtempSync(join(tmpdir(), 'cli run '))

/** Runs a Python program and tells everything that was said. */
const python = async (source: string, args: string[] = [], input?: Uint8Array) => {
  writeFileSync(join(folder, 'p.py'), source)
  return shell.greenroom(['run', 'p.py', ...args], input)
}

const newest = async () =>
  (await client.get<{ items: { id: string; state: string }[] }>('/executions?limit=1')).body.items[0]!

beforeAll(async () => {
  server = await startGreenroom()
  client = new Client(server.url)
  shell = shellIn(folder, server.url)
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

describe('greenroom run', () => {
  it('shows stdout and stderr as they are, gives arguments and environment, and ends as the program did', async () => {
    const source =
      'import os, sys; print(sys.argv[1:], os.environ["COLOUR"]); print("oh", file=sys.stderr); sys.exit(3)'
    const said = await python(source, ['--env', 'COLOUR=green=ish', '--', '--one', 'two words'])
    expect({ ...said, stdout: String(said.stdout) }).toEqual({
      code: 3,
      stdout: "['--one', 'two words'] green=ish\n",
      stderr: 'oh\n',
    })
  })

  it('passes every byte through, in both directions', async () => {
    const bytes = randomBytes(700_000)
    const source = 'import sys; d = sys.stdin.buffer.read(); sys.stdout.buffer.write(d); sys.stderr.write(str(len(d)))'
    const said = await python(source, ['--output', '2M'], bytes)
    expect([said.code, said.stderr]).toEqual([0, '700000'])
    expect(said.stdout.equals(bytes)).toBe(true)
  })

  it('takes its input from an option or a file, and has none where there is none', async () => {
    writeFileSync(join(folder, 'in.bin'), Buffer.from([0xff, 0x00, 0x0a]))
    const source = 'import sys; print(sys.stdin.buffer.read())'
    expect(String((await python(source, ['--stdin', 'grüße'])).stdout)).toBe("b'gr\\xc3\\xbc\\xc3\\x9fe'\n")
    expect(String((await python(source, ['--stdin', '@in.bin'])).stdout)).toBe("b'\\xff\\x00\\n'\n")
    expect(String((await shell.bash('greenroom run p.py < in.bin')).stdout)).toBe("b'\\xff\\x00\\n'\n")
    expect(String((await python(source)).stdout)).toBe("b''\n")
  })

  it('answers a program while its input is still open', async () => {
    writeFileSync(join(folder, 'echo.py'), 'for line in iter(input, "end"): print(line.upper(), flush=True)')
    const said = await shell.bash(
      `coproc greenroom run echo.py; echo one >&\${COPROC[1]}; read -u \${COPROC[0]} a; echo $a$a >&\${COPROC[1]}; read -u \${COPROC[0]} b; echo "got $b"; echo end >&\${COPROC[1]}; wait`,
    )
    expect(String(said.stdout)).toBe('got ONEONE\n')
  })

  it.each([
    ['a wall time-out', 'import time; time.sleep(60)', ['--wall', '300ms'], 124],
    ['a CPU time-out', 'while True: pass', ['--cpu', '300ms'], 124],
    ['too much memory', 'x = bytearray(10**9); print(len(x))', ['--memory', '64M'], 137],
    ['a signal', 'import os; os.kill(os.getpid(), 15)', [], 143],
  ])('tells %s by its exit code and by one line', async (_, source, args, code) => {
    const said = await python(source, args)
    expect(said.code).toBe(code)
    expect(said.stderr).toMatch(/^(.*\n)*greenroom: .+\(run [0-9a-f]{8}\)\n$/)
  })

  it('cancels on Ctrl-C', async () => {
    writeFileSync(join(folder, 'long.py'), 'import time\nprint("begun", flush=True)\ntime.sleep(600)')
    const run = shell.start(['run', 'long.py', '--wall', '10m'])
    await eventually(() => expect(String(run.said().stdout)).toBe('begun\n'))
    run.kill('SIGINT')
    expect(await run.ended).toMatchObject({ code: 130 })
    expect(await newest()).toMatchObject({ state: 'cancelled' })
  })

  it('cancels, quietly, when nobody reads its output any more', async () => {
    writeFileSync(join(folder, 'yes.py'), 'while True: print("y" * 1000, flush=True)')
    const said = await shell.bash(`greenroom run yes.py --wall 60s --output 100M | head -n 1; echo "\${PIPESTATUS[0]}"`)
    expect([String(said.stdout), said.stderr]).toEqual([`${'y'.repeat(1000)}\n141\n`, ''])
    expect(await client.ended((await newest()).id)).toMatchObject({ state: 'cancelled' })
  })

  it('prints one JSON object and nothing else, whatever the program does', async () => {
    const said = await python('import sys; print("x"); print("y", file=sys.stderr); sys.exit(4)', [
      '--json',
      '--label',
      'a=b',
    ])
    expect([said.code, said.stderr]).toEqual([4, ''])
    expect(JSON.parse(String(said.stdout))).toMatchObject({
      exitCode: 4,
      stdout: 'x\n',
      stderr: 'y\n',
      labels: { a: 'b' },
    })
  })

  it('runs several files, from a pipe, and in the version that was asked for', async () => {
    writeFileSync(join(folder, 'util.py'), 'word = "util"')
    expect(String((await python('import util; print(util.word)', ['util.py'])).stdout)).toBe('util\n')
    const piped = await shell.greenroom(['run', '-', '-l', 'py'], Buffer.from('import sys; print(sys.version_info[0])'))
    expect(String(piped.stdout)).toBe('3\n')
    expect(await python('', ['--version', '1.5'])).toMatchObject({ code: 125, stderr: expect.stringContaining('1.5') })
  })

  it('runs again whenever a file is saved', async () => {
    writeFileSync(join(folder, 'w.py'), 'print("first")')
    const run = shell.start(['run', 'w.py', '--watch'])
    await eventually(() => expect(String(run.said().stdout)).toBe('first\n'))
    writeFileSync(join(folder, 'w.py'), 'print("second")')
    await eventually(() => expect(String(run.said().stdout)).toBe('first\nsecond\n'))
    run.kill('SIGINT')
    expect(await run.ended).toMatchObject({ code: 130 })
  })

  it.each([
    [['none.py'], 'There is no file none.py.'],
    [['p.py', '--wall', '5'], '--wall is "5", but must be a duration such as 500ms, 5s'],
    [['p.py', '--memory', '1G', '--language', 'pyhton'], 'pyhton'],
    [['p.py', '--memory', '900G'], 'GREENROOM_MAX_MEMORY_BYTES'],
    [['p.py', '--priority', 'urgent'], 'priority'],
    [['p.py', '--wal', '5s'], '--wal is not an option of greenroom run; did you mean --wall?'],
    [['in.bin'], 'The language of in.bin cannot be told'],
  ])('refuses %j with a sentence', async (args, sentence) => {
    writeFileSync(join(folder, 'p.py'), '')
    const said = await shell.greenroom(['run', ...args])
    expect(said).toMatchObject({ code: 125, stderr: expect.stringContaining(sentence) })
    expect(said.stderr.split('\n')).toHaveLength(2)
  })

  it('says where nobody answers, and how to start Greenroom', async () => {
    const said = await shellIn(folder, 'http://127.0.0.1:9').greenroom(['run', 'p.py'])
    expect(said).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('does not answer at http://127.0.0.1:9 ('),
    })
    expect(said.stderr).toContain('./deploy.sh dev')
  })
})
