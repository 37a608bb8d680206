import { detectLanguages } from '../../config/runtimes.ts'
import { type Case, Lab } from './lab.ts'

const { runtimes } = await detectLanguages()
const labs = { cold: new Lab({ warm: false, forks: false }), warm: new Lab() }
const refusal = (await labs.cold.refusal()) ?? (await labs.warm.refusal())

afterAll(async () => {
  await labs.cold.close()
  await labs.warm.close()
})

type Row = [title: string, what: Case]

const python: Row[] = [
  ['a value', { source: 'print(1)' }],
  [
    'the main module',
    {
      source: 'import sys; print(__name__, __file__, sys.argv, sys.path[0], __doc__, sys.flags.dont_write_bytecode)',
      args: ['x'],
    },
  ],
  ['names of the main module', { source: 'print(sorted(globals()))' }],
  ['a raised exception', { source: 'def f(x):\n    return 1 / x\nf(0)' }],
  ['a chain of exceptions', { source: 'try:\n    {}["a"]\nexcept KeyError as e:\n    raise ValueError("b") from e' }],
  ['a syntax error', { source: 'print("a"\nx = (' }],
  ['an odd encoding', { files: { 'main.py': Buffer.from('# coding: latin-1\nprint("\xe9")', 'latin1') } }],
  ['exit by a number', { source: 'import sys; sys.exit(3)' }],
  ['exit by a text', { source: 'import sys; sys.exit("no")' }],
  ['exit by nothing', { source: 'raise SystemExit' }],
  ['exit without clean-up', { source: 'import os\nprint("x", end="")\nos._exit(5)' }],
  ['an interrupt', { source: 'raise KeyboardInterrupt' }],
  ['exit functions', { source: 'import atexit\natexit.register(print, "bye")\nprint("hi")' }],
  ['a destructor', { source: 'class A:\n    def __del__(self): print("gone")\na = A()' }],
  [
    'threads that outlast main',
    {
      source:
        'import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.05), print("late"))).start()\nprint("main")',
    },
  ],
  ['a file left open', { source: 'f = open("x", "w"); f.write("abc"); del f; print(open("x").read())' }],
  ['stdin', { source: 'import sys; print(input(), sys.stdin.read().upper())', stdin: 'one\ntwo\nthrée' }],
  ['stdin as bytes', { source: 'import sys; print(sys.stdin.buffer.read())', stdin: Buffer.from([0, 255, 10]) }],
  ['the environment', { source: 'import os; print(sorted(os.environ.items()))', env: { A: 'b' } }],
  [
    'the environment of children',
    { source: 'import subprocess; subprocess.run(["sh", "-c", "echo $A $HOME $PWD; env | wc -l"])', env: { A: 'b' } },
  ],
  [
    'modules in folders',
    { files: { 'main.py': 'from lib.a import x; print(x)', 'lib/__init__.py': '', 'lib/a.py': 'x = 5' } },
  ],
  [
    'a module that shadows one of the library',
    { files: { 'main.py': 'import random; print(random.x)', 'random.py': 'x = "mine"' } },
  ],
  [
    'processes of a pool',
    {
      source:
        'from multiprocessing import Pool\ndef f(x): return x * x\nif __name__ == "__main__":\n    with Pool(2) as p: print(p.map(f, [1, 2, 3]))',
    },
  ],
  [
    'pickles of its own classes',
    { source: 'import pickle\nclass A: x = 1\nprint(pickle.loads(pickle.dumps(A())).__class__)' },
  ],
  ['its own source', { source: 'import inspect\ndef f(): return 1\nprint(inspect.getsource(f))' }],
  [
    'coroutines',
    { source: 'import asyncio\nasync def f():\n    await asyncio.sleep(0.01); return 7\nprint(asyncio.run(f()))' },
  ],
  [
    'annotations and data classes',
    {
      source:
        'from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nprint(P(1), __annotations__)\ny: int = 1',
    },
  ],
  ['a hook for exceptions', { source: 'import sys\nsys.excepthook = lambda *a: print("hook", a[0].__name__)\n1 / 0' }],
  ['closed output', { source: 'import sys; sys.stdout.close()' }],
  [
    'signals',
    {
      source:
        'import signal; print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGCHLD), signal.pthread_sigmask(0, []))',
    },
  ],
  [
    'limits',
    {
      source:
        'import resource as r; print([r.getrlimit(n) for n in (r.RLIMIT_NOFILE, r.RLIMIT_FSIZE, r.RLIMIT_CORE, r.RLIMIT_NPROC)])',
    },
  ],
  [
    'who it is',
    {
      source:
        'import os, socket; print(os.getuid(), os.getgid(), os.getgroups(), os.getcwd(), socket.gethostname(), os.umask(0), os.getsid(0) > 0)',
    },
  ],
]

const javascript: Row[] = [
  ['a value', { source: 'console.log(1, [2], { a: 3 })' }],
  [
    'the main module',
    {
      source:
        'console.log(require.main === module, __filename, process.argv, module.children.length, process.execArgv.length > 0)',
      args: ['x'],
    },
  ],
  ['a module', { source: 'import fs from "node:fs"; console.log(typeof fs.readFileSync, import.meta.url); export {}' }],
  ['top-level await', { source: 'console.log(await Promise.resolve(4))' }],
  ['a promise that never settles', { source: 'await new Promise(() => {})' }],
  ['a thrown error', { source: 'function f() { throw new TypeError("no") }\nf()' }],
  ['a rejected promise', { source: 'Promise.reject(new RangeError("no"))' }],
  ['a syntax error', { source: 'const = 5' }],
  ['exit by a number', { source: 'process.exit(4)' }],
  ['an exit code', { source: 'process.exitCode = 6; console.log("x")' }],
  ['exit listeners', { source: 'process.on("exit", (code) => { console.log("bye", code); process.exitCode = 9 })' }],
  ['exit listeners that throw', { source: 'process.on("exit", () => { throw new Error("late") })' }],
  ['much output', { source: 'console.log("x".repeat(200000))' }],
  ['timers', { source: 'setTimeout(() => console.log("late"), 30); console.log("now")' }],
  ['stdin by hand', { source: 'console.log(require("fs").readFileSync(0, "utf8").toUpperCase())', stdin: 'thrée' }],
  [
    'stdin as a stream',
    {
      source: 'process.stdin.on("data", (d) => console.log(String(d))).on("end", () => console.log("end"))',
      stdin: 'a',
    },
  ],
  ['the environment', { source: 'console.log(Object.entries(process.env).sort())', env: { A: 'b' } }],
  [
    'other files',
    {
      files: {
        'main.js': 'console.log(require("./lib/a"), require("./b.json"))',
        'lib/a.js': 'module.exports = 5',
        'b.json': '[1]',
      },
    },
  ],
  [
    'a package that is a module',
    {
      files: {
        'main.js': 'import { x } from "./a.js"; console.log(x)',
        'a.js': 'export const x = 1',
        'package.json': '{"type":"module"}',
      },
    },
  ],
  [
    'children',
    { source: 'console.log(String(require("child_process").execFileSync(process.execPath, ["-p", "1+1"])))' },
  ],
  [
    'workers',
    {
      source:
        'const { Worker, isMainThread } = require("worker_threads"); if (isMainThread) new Worker(__filename); else console.log("worker")',
    },
  ],
  [
    'what is loaded',
    { source: 'console.log(Object.keys(require.cache), Object.getOwnPropertyNames(globalThis).length)' },
  ],
]

const typescript: Row[] = [
  [
    'types, enums and parameter properties',
    {
      source: 'enum A { X = 2 }\nclass B { constructor(public y: number) {} }\nconsole.log(A.X, new B(3).y as number)',
    },
  ],
  ['a thrown error', { source: 'const f = (x: number): never => { throw new TypeError("no" + x) }\n\nf(1)' }],
  [
    'other files',
    { files: { 'main.ts': 'import { x } from "./a.ts"\nconsole.log(x)', 'a.ts': 'export const x: number = 1' } },
  ],
]

const ruby: Row[] = [
  ['a value', { source: 'puts 1' }],
  [
    'the main program',
    {
      source: 'p __FILE__, $0, $PROGRAM_NAME, ARGV, __method__, self, __dir__; puts "main" if __FILE__ == $0',
      args: ['x'],
    },
  ],
  ['a raised error', { source: 'def f(x)\n  1 / x\nend\nf(0)' }],
  ['a syntax error', { source: 'def f(' }],
  ['exit by a number', { source: 'exit 3' }],
  ['exit by a text', { source: 'abort "no"' }],
  ['exit without clean-up', { source: 'print "x"; $stdout.flush; exit! 5' }],
  ['exit functions', { source: 'at_exit { puts "bye" }; puts "hi"' }],
  ['an error in an exit function', { source: 'at_exit { raise "late" }' }],
  ['data behind the program', { source: 'puts DATA.read\n__END__\none\ntwo' }],
  ['stdin', { source: 'puts gets, $stdin.read.upcase', stdin: 'one\nthrée' }],
  ['the environment', { source: 'p ENV.to_h.sort', env: { A: 'b' } }],
  ['other files', { files: { 'main.rb': 'require_relative "lib/a"; puts X', 'lib/a.rb': 'X = 5' } }],
  ['children', { source: 'puts `echo hi`; p $?.exitstatus' }],
  ['threads', { source: 'Thread.new { puts "t" }.join' }],
  ['local names and constants', { source: 'x = 1; p local_variables; p defined?(Waiting)' }],
]

const suites: [language: string, rows: Row[]][] = [
  ['python', python],
  ['javascript', javascript],
  ['typescript', typescript],
  ['ruby', ruby],
]

// Times and memory differ, and so may what a process says about itself.
const plain = (text: string) =>
  text
    .replace(/0x[0-9a-f]+/g, '0x')
    // The engine's own frames tell how it was started, and one of ours is among them while listeners of 'exit' run.
    .replace(/^ +at .*(node:|\/opt\/greenroom\/).*\n/gm, '')
    .replace(/node:internal\S*/g, 'node:internal')

describe.each(suites)('%s in a sandbox that waited does as it does in one from nothing:', (language, rows) => {
  const found = runtimes.find((runtime) => runtime.language === language)
  const test = refusal === null && found ? it : it.skip
  test.each(rows)('%s', async (_, what) => {
    const { runtime, fileName } = found!
    const [cold, warm] = await Promise.all([
      labs.cold.run(runtime, fileName, { stdin: '', ...what }),
      labs.warm.run(runtime, fileName, { stdin: '', ...what }),
    ])
    const told = ({ stdout, stderr, outcome }: typeof cold) => [plain(stdout), plain(stderr), outcome.ending]
    expect(told(warm)).toEqual(told(cold))
  })
})
