import type { Attack } from './attack.ts'

const MiB = 1 << 20
const small = { memoryBytes: 48 * MiB, processes: 32, wallMs: 8000, cpuMs: 4000 }

/** Attacks that take what others need. */
export const resourceAttacks: Attack[] = [
  {
    title: 'take more memory than its limit',
    language: 'python',
    source: 'x = [bytearray(1 << 20) for _ in range(4096)]',
    limits: small,
    ends: 'oom',
  },
  {
    title: 'live where not even its interpreter fits',
    language: 'python',
    source: 'print(1)',
    limits: { ...small, memoryBytes: 1 * MiB },
    ends: 'oom',
  },
  {
    title: 'take memory by a child and go on as if nothing was',
    language: 'python',
    source: `import subprocess, sys
child = subprocess.run([sys.executable, '-c', 'x = bytearray(1 << 30)'])
sys.exit(1 if child.returncode else 0)`,
    limits: small,
    ends: 'oom',
  },
  {
    title: 'take memory by files in memory',
    language: 'python',
    source: `import os
fd = os.memfd_create('x')
while True: os.write(fd, bytes(1 << 20))`,
    limits: { ...small, diskBytes: 1 << 30 },
    ends: 'oom',
  },
  {
    title: 'take memory by shared segments',
    language: 'python',
    source: `import ctypes
libc = ctypes.CDLL(None); libc.shmat.restype = ctypes.c_void_p
while True:
    part = libc.shmget(0, 8 << 20, 0o1600)
    if part < 0: raise SystemExit(1)
    ctypes.memset(libc.shmat(part, 0, 0), 1, 8 << 20)`,
    limits: small,
    ends: 'oom',
  },
  {
    title: 'take memory by buffers of pipes',
    language: 'python',
    source: `import fcntl, os
pipes = []
while True:
    r, w = os.pipe(); pipes.append((r, w)); os.set_blocking(w, False)
    try: fcntl.fcntl(w, 1031, 1 << 20)
    except OSError: pass
    try:
        while True: os.write(w, bytes(65536))
    except BlockingIOError: pass`,
    limits: small,
    ends: ['oom', 'exit'],
  },
  {
    title: 'take memory by buffers of sockets',
    language: 'python',
    source: `import socket
pairs = []
while True:
    a, b = socket.socketpair(); pairs.append((a, b)); a.setblocking(False)
    try:
        while True: a.send(bytes(65536))
    except BlockingIOError: pass`,
    limits: small,
    ends: ['oom', 'exit'],
  },
  {
    title: 'take memory in Node',
    language: 'javascript',
    source: 'const x = []; while (true) x.push(Buffer.alloc(1 << 20, 1))',
    limits: { ...small, memoryBytes: 96 * MiB },
    ends: 'oom',
  },
  {
    title: 'take memory in Ruby',
    language: 'ruby',
    source: "x = []; loop { x << 'x' * (1 << 20) }",
    limits: small,
    ends: 'oom',
  },
  {
    title: 'take memory in a shell',
    language: 'bash',
    source: 'x=x; while :; do x=$x$x; done',
    limits: small,
    ends: 'oom',
  },
  {
    title: 'lock memory',
    language: 'python',
    source: `import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print('locked' if libc.mlockall(3) == 0 else ctypes.get_errno())`,
    prints: /^(1|12)\n$/,
  },
  {
    title: 'fork for ever',
    language: 'bash',
    source: 'bomb() { bomb | bomb & }; bomb; sleep 20',
    limits: { ...small, wallMs: 2000 },
    ends: ['wall_timeout', 'cpu_timeout', 'process_limit', 'oom', 'exit'],
  },
  {
    title: 'fork until refused',
    language: 'python',
    source: 'import os, time\nwhile True:\n    if os.fork() == 0: time.sleep(20)',
    limits: small,
    ends: 'process_limit',
  },
  {
    title: 'start threads until refused',
    language: 'python',
    source:
      'import threading, time\nfor _ in range(200): threading.Thread(target=time.sleep, args=(20,), daemon=True).start()',
    limits: small,
    ends: 'process_limit',
  },
  {
    title: 'compute for ever',
    language: 'python',
    source: 'while True: pass',
    limits: { ...small, cpuMs: 300 },
    ends: 'cpu_timeout',
  },
  {
    title: 'compute for ever in many processes',
    language: 'python',
    source: 'import os\nfor _ in range(6): os.fork()if os.getpid() < 4 else 0\nwhile True: pass',
    limits: { ...small, cpuMs: 400 },
    ends: 'cpu_timeout',
  },
  {
    title: 'ignore every signal and compute',
    language: 'python',
    source: `import signal
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: pass`,
    limits: { ...small, cpuMs: 300 },
    ends: 'cpu_timeout',
  },
  {
    title: 'sleep for ever',
    language: 'bash',
    source: 'sleep infinity',
    limits: { ...small, wallMs: 300 },
    ends: 'wall_timeout',
  },
  {
    title: 'stop itself to outlast the clock',
    language: 'bash',
    source: 'kill -STOP $$',
    limits: { ...small, wallMs: 300 },
    ends: 'wall_timeout',
  },
  {
    title: 'print for ever',
    language: 'bash',
    source: 'yes',
    limits: { ...small, outputBytes: 100_000 },
    ends: 'output_limit',
  },
  {
    title: 'print one endless line',
    language: 'python',
    source: "import sys\nwhile True: sys.stdout.write('x' * 65536)",
    limits: { ...small, outputBytes: 3 * MiB },
    ends: 'output_limit',
  },
  {
    title: 'print past the limit on both channels',
    language: 'bash',
    source: 'yes >&2 & yes',
    limits: { ...small, outputBytes: 50_000 },
    ends: 'output_limit',
  },
  {
    title: 'fill the disk',
    language: 'bash',
    source: 'set -e; cat /dev/zero > big',
    limits: { ...small, diskBytes: 4 * MiB },
    ends: 'disk_limit',
  },
  {
    title: 'fill the disk through /tmp',
    language: 'ruby',
    source: "File.open('/tmp/big', 'w') { |f| loop { f.write('x' * 65536) } }",
    limits: { ...small, diskBytes: 4 * MiB },
    ends: 'disk_limit',
  },
  {
    title: 'make a huge sparse file',
    language: 'bash',
    source: 'exec truncate -s 100G sparse',
    limits: { ...small, diskBytes: 4 * MiB },
    ends: 'disk_limit',
  },
  {
    title: 'make files without end',
    language: 'python',
    source: "i = 0\nwhile True:\n    open(str(i), 'w').close(); i += 1",
    limits: { ...small, memoryBytes: 32 * MiB },
    ends: ['oom', 'disk_limit', 'cpu_timeout', 'exit'],
  },
  {
    title: 'open files without end',
    language: 'python',
    source: "files = [open('main.py') for _ in range(5000)]",
    limits: small,
    ends: 'exit',
  },
  {
    title: 'recurse without end',
    language: 'python',
    source: 'import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()',
    limits: small,
    ends: ['signal', 'oom', 'exit'],
  },
  {
    title: 'grow by decompression',
    language: 'python',
    source: 'import zlib; x = zlib.decompress(zlib.compress(bytes(1 << 28)))',
    limits: small,
    ends: 'oom',
  },
]
