import type { Attack } from './attack.ts'

/** Attacks on the executor itself, and attempts to outlive it. */
export const escapes: Attack[] = [
  {
    title: 'outlive its end as a daemon',
    language: 'python',
    source: `import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: time.sleep(60)
    os._exit(0)
print('gone')`,
    prints: 'gone\n',
  },
  {
    title: 'hold its output open after its end',
    language: 'bash',
    source: '(trap "" HUP TERM; sleep 60) & disown; echo over',
    prints: 'over\n',
  },
  {
    title: 'kill the first process of its sandbox',
    language: 'python',
    source: `import os, signal
for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGSEGV):
    try: os.kill(1, number)
    except PermissionError: pass
print('still here')`,
    prints: 'still here\n',
  },
  // But for the one by which an end is told: that is an early exit.
  {
    title: 'disturb the first process of its sandbox by any signal',
    language: 'javascript',
    source: `for (let number = 1; number <= 64; number++) try { if (number !== 39) process.kill(1, number) } catch {}
console.log('still here')`,
    prints: 'still here\n',
  },
  {
    title: 'disturb the first process of its sandbox by any signal, in Ruby',
    language: 'ruby',
    source: `(1..64).each { |number| begin; Process.kill(number, 1) if number != 39; rescue StandardError; end }
puts 'still here'`,
    prints: 'still here\n',
  },
  {
    title: 'disturb the first process of its sandbox by any signal, in Python',
    language: 'python',
    source: `import os
for number in range(1, 65):
    try: number != 39 and os.kill(1, number)
    except OSError: pass
print('still here')`,
    prints: 'still here\n',
  },
  {
    title: 'kill anything by killing all',
    language: 'python',
    source: "import os, subprocess; subprocess.Popen(['sleep', '60']); os.kill(-1, 9); print('alone')",
    prints: 'alone\n',
  },
  {
    title: 'tell a false end',
    language: 'python',
    source: `import os
for fd in range(3, 256):
    try: os.write(fd, b'E 0 1 1 1\\nX 0\\n'); print('wrote', fd)
    except OSError: pass
for path in ('/proc/1/fd/3', '/proc/1/fd/4'):
    try: open(path, 'w').write('E 0 1 1 1\\n'); print('wrote', path)
    except OSError: pass
os._exit(7)`,
    ends: 'exit',
    prints: '',
  },
  { title: 'pass an exit code off as a signal', language: 'bash', source: 'exit 137', ends: 'exit' },
  {
    title: 'have its core handed to the host',
    language: 'bash',
    source: 'ulimit -c unlimited 2> /dev/null; kill -ABRT $$',
    ends: 'signal',
  },
  {
    title: 'raise its own bounds',
    language: 'bash',
    source:
      'ulimit -n 100000 2> /dev/null || ulimit -u 100000 2> /dev/null || ulimit -f unlimited 2> /dev/null || echo bound',
    prints: 'bound\n',
  },
  {
    title: 'escape being the first to die for memory',
    language: 'bash',
    source: '(echo -1000 > /proc/self/oom_score_adj) 2> /dev/null || echo refused',
    prints: 'refused\n',
  },
  {
    title: 'leave its group',
    language: 'bash',
    source: '[ -e /sys/fs/cgroup ] || echo no groups; cat /proc/self/cgroup > /dev/null && echo done',
    prints: 'no groups\ndone\n',
  },
  {
    title: 'close its pipes and live on',
    language: 'bash',
    source: 'exec <&- >&- 2>&-; sleep 30',
    limits: { wallMs: 300 },
    ends: 'wall_timeout',
  },
  {
    title: 'inject a library into more than itself',
    language: 'bash',
    source: 'LD_PRELOAD=/home/runner/x.so /bin/true 2> /dev/null; echo done',
    prints: 'done\n',
  },
]
