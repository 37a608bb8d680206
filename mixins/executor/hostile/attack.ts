import type { Ending, Limits } from '../executor.ts'

/** A program that means harm, and what must become of it. */
export type Attack = {
  /** What it tries, as the end of the sentence "a program cannot ...". */
  title: string
  language: 'python' | 'javascript' | 'ruby' | 'bash' | 'go' | 'c'
  source: string
  limits?: Partial<Limits>
  /** How it ends; by exit code 0 where absent. */
  ends?: Ending['cause'] | readonly Ending['cause'][]
  /** What it prints once it was stopped. */
  prints?: string | RegExp
}

/** Python that tries system calls by number and prints the name of each error. */
export const calls = (...rows: (readonly [name: string, ...args: string[]])[]): string => `
import ctypes, errno, json, os, platform
libc = ctypes.CDLL(None, use_errno=True)
table = {'x86_64': ${x64}, 'aarch64': ${arm64}}[platform.machine()]
buffer = ctypes.create_string_buffer(4096)
def attempt(name, *args):
    ctypes.set_errno(0)
    result = libc.syscall(table[name], *args)
    print(name, errno.errorcode[ctypes.get_errno()] if result == -1 else 'allowed', flush=True)
${rows.map(([name, ...args]) => `attempt(${[`'${name}'`, ...args].join(', ')})`).join('\n')}`

export const refused = (error: string, ...names: string[]): string => names.map((name) => `${name} ${error}\n`).join('')

const numbers: Record<string, readonly [x64: number, arm64: number]> = {
  unshare: [272, 97],
  clone: [56, 220],
  clone3: [435, 435],
  setns: [308, 268],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  mount_setattr: [442, 442],
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  keyctl: [250, 219],
  add_key: [248, 217],
  open_by_handle_at: [304, 265],
  name_to_handle_at: [303, 264],
  init_module: [175, 105],
  finit_module: [313, 273],
  kexec_load: [246, 104],
  reboot: [169, 142],
  swapon: [167, 224],
  syslog: [103, 116],
  acct: [163, 89],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  sethostname: [170, 161],
  personality: [135, 92],
  memfd_secret: [447, 447],
  quotactl: [179, 60],
  fanotify_init: [300, 262],
}

const tableOf = (machine: 0 | 1) =>
  JSON.stringify(Object.fromEntries(Object.entries(numbers).map(([name, pair]) => [name, pair[machine]])))
const x64 = tableOf(0)
const arm64 = tableOf(1)
