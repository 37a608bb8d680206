import type { Row } from './row.ts'

/** Programs in Python by which an interpreter that was up already could tell itself from one that was not. */
export const python: Row[] = [
  ['a value', { source: 'print(1)' }],
  [
    'the main module',
    {
      source: 'import sys; print(__name__, __file__, sys.argv, sys.path[0], __doc__, sys.flags.dont_write_bytecode)',
      args: ['x'],
    },
  ],
  ['names of the main module', { source: 'print(sorted(globals()))' }],
  [
    'the CPUs and the policy it is given',
    { source: 'import os; print(os.sched_getaffinity(0), os.sched_getscheduler(0))' },
  ],
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
    'a fork that ends first',
    {
      source:
        'import os, time\npid = os.fork()\nif pid:\n    os.waitpid(pid, 0); time.sleep(0.05); print("parent")\nelse:\n    print("child")',
    },
  ],
  ['a fork that fails', { source: 'import os, sys\nif os.fork() == 0: sys.exit(9)\nprint(os.wait()[1] >> 8)' }],
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
