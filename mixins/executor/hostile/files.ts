import type { Attack } from './attack.ts'

/** Attacks on files and on what /proc tells. */
export const fileAttacks: Attack[] = [
  {
    title: 'see the host’s files',
    language: 'bash',
    source: `for path in /root /home/* /var /srv /opt/* /boot /sys /run /mnt /media /etc/shadow /etc/ssh /etc/hostname /lost+found; do
  case $path in /home/runner|/home/tmp|/opt/greenroom) ;; *) [ -e "$path" ] && echo "$path" ;; esac
done; echo done`,
    prints: 'done\n',
  },
  {
    title: 'read the host’s accounts',
    language: 'bash',
    source: 'cut -d: -f1 /etc/passwd | sort | tr "\\n" " "; cut -d: -f1 /etc/group | sort | tr "\\n" " "',
    prints: 'nobody root runner nogroup root runner ',
  },
  {
    title: 'write outside its folder',
    language: 'bash',
    source: `for path in / /usr /usr/bin /etc /opt /opt/greenroom /dev /home /proc /proc/sys; do
  (echo x > "$path/intruder") 2> /dev/null && [ "$path" != /home ] && echo "wrote $path"
done; echo done`,
    prints: 'done\n',
  },
  {
    title: 'change the files of its runtime',
    language: 'python',
    source: `import os
for path in ('/usr/bin/python3', '/opt/greenroom/init.pl', '/etc/passwd', '/etc/ld.so.cache'):
    for call in (lambda: open(path, 'ab'), lambda: os.chmod(path, 0o777), lambda: os.unlink(path), lambda: os.rename(path, '/tmp/x')):
        try: call(); print('changed', path)
        except OSError: pass
print('done')`,
    prints: 'done\n',
  },
  {
    title: 'read or write the first process of its sandbox',
    language: 'python',
    source: `import os
for name in ('environ', 'mem', 'maps', 'fd', 'cwd', 'root', 'exe', 'ns', 'io', 'syscall'):
    try:
        path = f'/proc/1/{name}'
        os.listdir(path) if name in ('fd', 'ns') and os.listdir(path) else os.readlink(path) if name in ('cwd', 'root', 'exe') else open(path, 'rb').read(1)
        print('opened', name)
    except OSError: pass
print('done')`,
    prints: 'done\n',
  },
  {
    title: 'see a process of the host',
    language: 'python',
    source: `import os
pids = sorted(int(name) for name in os.listdir('/proc') if name.isdigit())
print(pids[0], len(pids) <= 3, max(pids) < 50)`,
    prints: '1 True True\n',
  },
  {
    title: 'find an open file that it was not given',
    language: 'python',
    source: "import os; print(sorted(os.listdir('/proc/self/fd'))[:3], len(os.listdir('/proc/self/fd')))",
    prints: "['0', '1', '2'] 4\n",
  },
  {
    title: 'find anything but plain devices',
    language: 'bash',
    source: 'ls /dev | tr "\\n" " "; ls /dev/shm; [ -e /dev/tty ] || echo no terminal',
    prints: 'fd full null random shm stderr stdin stdout urandom zero no terminal\n',
  },
  {
    title: 'learn addresses of the kernel',
    language: 'bash',
    source:
      'cat /proc/kallsyms /proc/modules /proc/keys /proc/timer_list /proc/vmallocinfo /proc/cmdline 2> /dev/null | wc -c',
    prints: '0\n',
  },
  {
    title: 'read the kernel’s messages or memory',
    language: 'bash',
    source:
      '(head -c 1 /proc/kmsg; head -c 1 /proc/kcore; head -c 1 /dev/mem; head -c 1 /dev/kmsg) 2> /dev/null | wc -c',
    prints: '0\n',
  },
  {
    title: 'leave a link that the host follows',
    language: 'python',
    source: `import os
for name in ('out', 'main.py.lock', 'core'): os.symlink('/etc/passwd', name)
os.remove('main.py'); os.symlink('/etc/shadow', 'main.py')
os.chmod('.', 0); print('done')`,
    prints: 'done\n',
  },
  {
    title: 'harm clean-up by odd names and depth',
    language: 'python',
    source: `import os
for depth in range(500):
    os.mkdir('d' * 200); os.chdir('d' * 200)
open('x\\n\\x1b[31m;rm -rf .', 'w').write('x'); os.chmod('.', 0); print('done')`,
    prints: 'done\n',
  },
]
