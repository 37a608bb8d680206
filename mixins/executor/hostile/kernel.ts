import { type Attack, calls, refused } from './attack.ts'

/** Attacks on the kernel's interfaces. */
export const kernelAttacks: Attack[] = [
  {
    title: 'make a namespace of its own',
    language: 'python',
    source: calls(
      ['unshare', '0x10000000'],
      ['unshare', '0x20000'],
      ['clone', '0x10000011', '0', '0', '0', '0'],
      ['setns', '0', '0'],
    ),
    prints: refused('EPERM', 'unshare', 'unshare', 'clone', 'setns'),
  },
  {
    title: 'hide the flags of a clone from the filter',
    language: 'python',
    source: calls(['clone3', 'buffer', '88']),
    prints: refused('ENOSYS', 'clone3'),
  },
  {
    title: 'mount anything',
    language: 'python',
    source: calls(
      ['mount', 'b"none"', 'b"/home"', 'b"tmpfs"', '0', '0'],
      ['umount2', 'b"/proc/kallsyms"', '2'],
      ['open_tree', '-100', 'b"/"', '1'],
      ['move_mount', '0', 'b""', '0', 'b""', '0'],
      ['fsopen', 'b"tmpfs"', '0'],
      ['mount_setattr', '-100', 'b"/usr"', '0', 'buffer', '32'],
    ),
    prints: refused('EPERM', 'mount', 'umount2', 'open_tree', 'move_mount', 'fsopen', 'mount_setattr'),
  },
  {
    title: 'change its root',
    language: 'python',
    source: calls(['chroot', 'b"/home"'], ['pivot_root', 'b"/home"', 'b"/home"']),
    prints: refused('EPERM', 'chroot', 'pivot_root'),
  },
  {
    title: 'trace or read other processes',
    language: 'python',
    source: calls(
      ['ptrace', '16', '1', '0', '0'],
      ['process_vm_readv', '1', 'buffer', '1', 'buffer', '1', '0'],
      ['process_vm_writev', '1', 'buffer', '1', 'buffer', '1', '0'],
      ['pidfd_getfd', '0', '0', '0'],
      ['kcmp', '1', '1', '0', '0', '0'],
    ),
    prints: refused('EPERM', 'ptrace', 'process_vm_readv', 'process_vm_writev', 'pidfd_getfd', 'kcmp'),
  },
  {
    title: 'load programs into the kernel or watch it',
    language: 'python',
    source: calls(
      ['bpf', '0', 'buffer', '48'],
      ['perf_event_open', 'buffer', '0', '-1', '-1', '0'],
      ['userfaultfd', '0'],
      ['io_uring_setup', '8', 'buffer'],
      ['fanotify_init', '0', '0'],
    ),
    prints: refused('EPERM', 'bpf', 'perf_event_open', 'userfaultfd', 'io_uring_setup', 'fanotify_init'),
  },
  {
    title: 'reach keyrings, handles of files or secret memory',
    language: 'python',
    source: calls(
      ['keyctl', '0', '-3', '1'],
      ['add_key', 'b"user"', 'b"k"', 'b"v"', '1', '-3'],
      ['open_by_handle_at', '0', 'buffer', '0'],
      ['name_to_handle_at', '-100', 'b"/"', 'buffer', 'buffer', '0'],
      ['memfd_secret', '0'],
    ),
    prints: refused('EPERM', 'keyctl', 'add_key', 'open_by_handle_at', 'name_to_handle_at', 'memfd_secret'),
  },
  {
    title: 'change the running machine',
    language: 'python',
    source: calls(
      ['init_module', 'buffer', '8', 'b""'],
      ['finit_module', '0', 'b""', '0'],
      ['kexec_load', '0', '0', '0', '0'],
      ['reboot', '0xfee1dead', '672274793', '0', '0'],
      ['swapon', 'b"x"', '0'],
      ['syslog', '3', 'buffer', '100'],
      ['acct', '0'],
      ['quotactl', '0', '0', '0', '0'],
    ),
    prints: refused(
      'EPERM',
      'init_module',
      'finit_module',
      'kexec_load',
      'reboot',
      'swapon',
      'syslog',
      'acct',
      'quotactl',
    ),
  },
  {
    title: 'change clocks or names',
    language: 'python',
    source: calls(['settimeofday', 'buffer', '0'], ['clock_settime', '0', 'buffer'], ['sethostname', 'b"owned"', '5']),
    prints: refused('EPERM', 'settimeofday', 'clock_settime', 'sethostname'),
  },
  {
    title: 'switch address randomisation off',
    language: 'python',
    source: calls(['personality', '0x40000']),
    prints: refused('EPERM', 'personality'),
  },
  {
    title: 'type into a terminal',
    language: 'python',
    source: `import fcntl
for request in (0x5412, 0x541C):
    try: fcntl.ioctl(0, request, b'x'); print('typed')
    except PermissionError: print('refused')`,
    prints: 'refused\nrefused\n',
  },
  {
    title: 'open sockets that no network namespace bounds',
    language: 'python',
    source: `import socket
for family in (40, 17, 38, 44, 31):
    try: socket.socket(family, socket.SOCK_DGRAM, 0); print('opened', family)
    except OSError as error: print(error.errno)
try: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); print('raw')
except PermissionError: print('no raw')`,
    prints: `${'97\n'.repeat(5)}no raw\n`,
  },
  {
    title: 'make a device',
    language: 'python',
    source: `import os, stat
os.mkfifo('fifo')
try: os.mknod('disk', 0o666 | stat.S_IFBLK, os.makedev(254, 0)); print('made')
except PermissionError: print('refused')`,
    prints: 'refused\n',
  },
  {
    title: 'set the kernel’s switches',
    language: 'bash',
    source: `for file in /proc/sys/kernel/core_pattern /proc/sys/vm/overcommit_memory /proc/sysrq-trigger /proc/sys/net/ipv4/ip_forward /proc/1/oom_score_adj; do
  (echo 1 > "$file") 2> /dev/null && echo "wrote $file"
done; echo done`,
    prints: 'done\n',
  },
  {
    title: 'become another user',
    language: 'python',
    source: `import os, subprocess
for call in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0])):
    try: call(); print('changed')
    except OSError: print('refused')
for program in ('/usr/bin/su', '/usr/bin/passwd', '/usr/bin/mount', '/usr/bin/sudo'):
    if os.path.exists(program): subprocess.run([program, '-c', 'id'], capture_output=True, stdin=subprocess.DEVNULL)
print(os.getresuid())`,
    prints: 'refused\nrefused\nrefused\n(1000, 1000, 1000)\n',
  },
  {
    title: 'hold a capability or leave its filter',
    language: 'python',
    source: `import re
status = open('/proc/self/status').read()
print([re.search(rf'^{name}:\\s*(\\S+)', status, re.M)[1].lstrip('0') or '0' for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp')])`,
    prints: "['0', '0', '0', '0', '0', '1', '2']\n",
  },
  {
    title: 'hold a capability behind another interpreter',
    language: 'javascript',
    source: `const status = require('fs').readFileSync('/proc/self/status', 'utf8')
console.log(['CapPrm', 'CapBnd', 'NoNewPrivs', 'Seccomp'].map((name) => Number(status.match(name + ':[^0-9a-f]*([0-9a-f]+)')[1])).join())`,
    prints: '0,0,1,2\n',
  },
  {
    title: 'run before others',
    language: 'python',
    source: `import os
for call in (lambda: os.nice(-10), lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))):
    try: call(); print('faster')
    except PermissionError: print('refused')`,
    prints: 'refused\nrefused\n',
  },
]
