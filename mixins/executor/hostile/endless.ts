import type { Attack } from './attack.ts'

const limits = { wallMs: 60_000, cpuMs: 60_000, memoryBytes: 64 << 20, outputBytes: 128 << 20, processes: 80 }

/** Programs that take as much as they can for as long as they may. */
export const endless: Attack[] = [
  {
    title: 'compute in 64 processes',
    language: 'python',
    source: 'import os\nfor _ in range(6): os.fork()\nwhile True: pass',
  },
  {
    title: 'compute in 16 threads',
    language: 'c',
    source: `#include <pthread.h>
static void *spin(void *none) { for (volatile long n = 0;; n++); return none; }
int main(void) { pthread_t t; for (int i = 0; i < 15; i++) pthread_create(&t, 0, spin, 0); spin(0); }`,
  },
  {
    title: 'fork without end',
    language: 'python',
    source: 'import os\nwhile True:\n  try: os.fork()\n  except OSError: pass',
  },
  {
    title: 'take memory and give it back without end',
    language: 'python',
    source: 'while True: bytearray(40 << 20)',
  },
  {
    title: 'print without end',
    language: 'python',
    source: 'import sys\nwhile True: sys.stdout.write("x" * 65536)',
    ends: ['output_limit', 'cancelled'],
  },
  {
    title: 'write files without end',
    language: 'python',
    source: 'while True:\n  with open("x", "wb") as f: f.write(bytes(1 << 20))',
  },
  {
    title: 'call the kernel without end',
    language: 'python',
    source: 'import os\nfor _ in range(4): os.fork()\nwhile True: os.getppid()',
  },
].map((attack) => ({ ends: 'cancelled' as const, limits, ...attack }) as Attack)
