import { randomBytes } from 'node:crypto'
import { detectLanguages } from '../../config/runtimes.ts'
import { type Case, Lab, programOf } from './lab.ts'

const { runtimes } = await detectLanguages()
const found = runtimes.find(({ language }) => language === 'python')
const lab = new Lab()
const refusal = found ? await lab.refusal() : 'Python is not installed'
const here = refusal === null ? describe : describe.skip

const runtime = found?.runtime ?? { language: '', version: '', run: [], env: {}, mounts: [] }
const python = (source: string, what: Case = {}) => lab.run(runtime, 'main.py', { source, ...what })
const beginPython = (source: string, what: Case = {}) => lab.begin(runtime, 'main.py', { source, ...what })

afterAll(() => lab.close())

here('a program in a sandbox', () => {
  it('prints on two channels, byte for byte', async () => {
    const bytes = randomBytes(100_000)
    const seen = await python('', { files: { 'main.py': COPY, data: bytes } })
    expect(seen.bytes.stdout.equals(bytes)).toBe(true)
    expect(seen.bytes.stderr.equals(Buffer.from(bytes).reverse())).toBe(true)
  })

  it('gets its arguments, its environment and nothing else of the host', async () => {
    const { stdout } = await python('import os, sys; print(sys.argv[1:], sorted(os.environ), os.environ["GREETING"])', {
      args: ['a b', '-c', ''],
      env: { GREETING: 'hé' },
    })
    expect(stdout).toBe(
      "['a b', '-c', ''] ['GREETING', 'HOME', 'LANG', 'PATH', 'PYTHONUNBUFFERED', 'TMPDIR', 'USER'] hé\n",
    )
  })

  it('finds a hundred files in nested folders as they were given', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `deep/${index % 7}/er/${index}.txt`)
    const files = Object.fromEntries(names.map((name) => [name, name]))
    const check = 'import pathlib; print(sum(str(p) == p.read_text() for p in pathlib.Path("deep").rglob("*.txt")))'
    expect((await python('', { files: { 'main.py': check, ...files } })).stdout).toBe('100\n')
  })

  it.each([0, 1, 3, 127, 137, 255])('ends with exit code %d', async (code) => {
    const { outcome } = await python(`raise SystemExit(${code})`)
    expect(outcome).toMatchObject({ ending: { cause: 'exit', exitCode: code }, exitCode: code, signal: null })
  })

  it.each(['SIGKILL', 'SIGSEGV', 'SIGTERM', 'SIGABRT'])('ends by its own %s', async (signal) => {
    const { outcome } = await python(`import os, signal; os.kill(os.getpid(), signal.${signal})`)
    expect(outcome).toMatchObject({ ending: { cause: 'signal', signal }, exitCode: null, signal })
  })

  it('is accounted with its children', async () => {
    const { outcome } = await python(`
import subprocess, sys
burn = "x = bytearray(30 << 20)\\nfor i in range(2000000): pass"
[child.wait() for child in [subprocess.Popen([sys.executable, '-c', burn]) for _ in range(2)]]`)
    const { usage } = outcome
    expect(usage.memoryPeakBytes).toBeGreaterThan(40 << 20)
    expect(usage.cpuUserMs + usage.cpuSystemMs).toBeGreaterThan(30)
    expect(usage.processesPeak).toBe(3)
    expect(usage.wallMs).toBeGreaterThan(20)
  })
})

const COPY = `import sys
data = open('data', 'rb').read()
sys.stdout.buffer.write(data); sys.stderr.buffer.write(data[::-1])`

here('the input of a program', () => {
  it('arrives while it runs', async () => {
    const { running, seen } = beginPython('import sys\nfor line in sys.stdin: print("got", line, end="", flush=True)')
    await running.write(Buffer.from('one\n'))
    await running.write(Buffer.from('two\n'))
    running.closeStdin()
    expect((await seen).stdout).toBe('got one\ngot two\n')
  })

  it('may be larger than any buffer', async () => {
    const seen = await python('import sys; print(len(sys.stdin.buffer.read()))', {
      stdin: Buffer.alloc(5_000_000, 'x'),
    })
    expect(seen.stdout).toBe('5000000\n')
  })

  it('may be left unread', async () => {
    const seen = await python('print("no thanks")', { stdin: Buffer.alloc(5_000_000, 'x') })
    expect(seen.outcome.ending).toEqual({ cause: 'exit', exitCode: 0 })
  })
})

here('a limit', () => {
  it('of wall time ends a program that sleeps', async () => {
    const { outcome, took } = await python('import time; time.sleep(600)', { limits: { wallMs: 300 } })
    expect(outcome.ending.cause).toBe('wall_timeout')
    expect(took).toBeLessThan(60_000)
  })

  it('of CPU time ends a program that computes', async () => {
    const { outcome } = await python('while True: pass', { limits: { cpuMs: 200 } })
    expect(outcome.ending).toMatchObject({ cause: 'cpu_timeout' })
    expect(outcome.usage.cpuUserMs + outcome.usage.cpuSystemMs).toBeGreaterThanOrEqual(200)
  })

  it('of memory ends a program that hoards', async () => {
    const { outcome } = await python('x = bytearray(1 << 30)', { limits: { memoryBytes: 32 << 20 } })
    expect(outcome.ending.cause).toBe('oom')
    expect(outcome.usage.memoryPeakBytes).toBeGreaterThan(30 << 20)
  })

  it('of output keeps exactly the first bytes of both channels together', async () => {
    const source = 'import sys\nwhile True: sys.stdout.write("x" * 1000)'
    const { outcome, bytes } = await python(source, { limits: { outputBytes: 12_345 } })
    expect(outcome.ending.cause).toBe('output_limit')
    expect(bytes.stdout.length + bytes.stderr.length).toBe(12_345)
    expect(outcome.truncated).toEqual({ stdout: true, stderr: false })
  })

  it('of output is not reached by printing exactly as much', async () => {
    const { outcome, bytes } = await python('import sys; sys.stdout.write("x" * 1000)', {
      limits: { outputBytes: 1000 },
    })
    expect(outcome.ending).toEqual({ cause: 'exit', exitCode: 0 })
    expect(bytes.stdout.length).toBe(1000)
    expect(outcome.truncated.stdout).toBe(false)
  })

  it('of disk space is named when a program fails for it', async () => {
    const { outcome } = await python('open("big", "wb").write(b"x" * (9 << 20))', { limits: { diskBytes: 8 << 20 } })
    expect(outcome.ending.cause).toBe('disk_limit')
  })

  it('of processes is named when a program fails for it', async () => {
    const source = 'import subprocess\nfor i in range(20): subprocess.Popen(["sleep", "10"])'
    const { outcome } = await python(source, { limits: { processes: 8 } })
    expect(outcome.ending).toMatchObject({ cause: 'process_limit', observed: expect.any(Number) })
  })
})

here('cancelling', () => {
  it('does nothing to a program that is over and cleared away', async () => {
    const { running, seen } = beginPython('while True: print("x" * 1000)', { limits: { outputBytes: 1000 } })
    await seen
    for (let turn = 0; turn < 50; turn++) {
      running.cancel()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect((await running.ended).ending).toMatchObject({ cause: 'output_limit' })
  })

  it('kills at once, daemons included', async () => {
    const source =
      'import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(600)\nprint("up", flush=True); time.sleep(600)'
    const up = Promise.withResolvers<void>()
    const running = lab.executor.start(programOf(runtime, 'main.py', { source }), { output: () => up.resolve() })
    await up.promise
    const began = performance.now()
    running.cancel()
    expect((await running.ended).ending).toEqual({ cause: 'cancelled' })
    // Long before its time would be up.
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  it('works before the program has begun', async () => {
    const { running, seen } = beginPython('print(1)')
    running.cancel()
    expect((await seen).outcome.ending).toEqual({ cause: 'cancelled' })
  })
})

here('a slow reader', () => {
  it('holds the program back and loses nothing', async () => {
    // A few large writes: it is the reader that is to be slow, not the program.
    const source = 'import sys\nfor part in range(20): sys.stdout.write("".join(f"{i:09}\\n" for i in range(10000)))'
    let received = 0
    let largest = 0
    const { executor } = lab
    const running = executor.start(programOf(runtime, 'main.py', { source }), {
      output: async (_, bytes) => {
        received += bytes.length
        largest = Math.max(largest, bytes.length)
        await new Promise((resolve) => setTimeout(resolve, 5))
      },
    })
    running.closeStdin()
    expect((await running.ended).ending).toEqual({ cause: 'exit', exitCode: 0 })
    expect(received).toBe(2_000_000)
    expect(largest).toBeLessThanOrEqual(1 << 17)
  })
})
