import { CGROUPS_FIX } from './cgroup/open.ts'
import type { Check, Executor, Outcome, Program } from './executor.ts'
import { SandboxUnavailable } from './unavailable.ts'

const MiB = 1 << 20

const program = (id: string, source: string, memoryBytes: number): Program => ({
  id: `check-${id}-${process.pid}`,
  runtime: { language: 'perl', version: '5', run: ['/usr/bin/perl', '{entry}'], env: {}, mounts: [] },
  files: [{ path: 'main.pl', bytes: Buffer.from(source) }],
  entry: 'main.pl',
  args: [],
  env: {},
  limits: { wallMs: 10_000, cpuMs: 5000, memoryBytes, processes: 8, outputBytes: 65_536, diskBytes: MiB },
})

const LOOK = `
sub text { open(my $f, '<', $_[0]) or return ''; local $/; <$f> }
my ($status) = map { text('/proc/self/status') } 1;
my ($filter, $bounds, $nnp) = map { $status =~ /^$_:\\s*(\\S+)/m; $1 } qw(Seccomp CapBnd NoNewPrivs);
my @devices = text('/proc/net/dev') =~ /^\\s*(\\S+):/mg;
opendir(my $d, '/proc/self/fd'); my @open = grep { /^[0-9]+$/ && $_ > 2 && $_ != fileno($d) && readlink("/proc/self/fd/$_") !~ /main.pl/ } readdir $d;
my $writable = open(my $f, '>', '/x') ? 1 : 0;
print join ' ', "seccomp=$filter", "caps=$bounds", "nnp=$nnp", "net=" . join(',', @devices), "fds=" . scalar(@open), "root=$writable", "uid=$<";
`

type Look = Record<string, string>

const guarantees: [name: string, holds: (seen: Look) => boolean, detail: string][] = [
  ['system call filter', (seen) => seen.seccomp === '2', 'Every program runs under a filter of system calls'],
  ['capabilities', (seen) => /^0+$/.test(seen.caps ?? ''), 'Programs hold no capability and cannot gain one'],
  ['no new privileges', (seen) => seen.nnp === '1', 'Set-user-id files give programs nothing'],
  ['network', (seen) => seen.net === 'lo', 'Programs have an empty network of their own'],
  ['descriptors', (seen) => seen.fds === '0', 'Programs inherit no open file'],
  ['file system', (seen) => seen.root === '0', 'Programs write only to their own folder and /tmp'],
  ['user', (seen) => seen.uid === '1000', 'Programs run under a user of their own'],
]

/** Runs two programs that look around and misbehave; throws for the first guarantee that does not hold. */
export const selfTest = async (executor: Executor, kind: string): Promise<Check[]> => {
  const { text, outcome } = await output(executor, program('look', LOOK, 64 * MiB))
  if (outcome.ending.cause !== 'exit' || text === '') throw unstartable(outcome, text)
  const seen: Look = Object.fromEntries(text.split(' ').map((pair) => pair.split('=')))
  const checks: Check[] = guarantees.map(([name, holds, detail]) => ({ name, ok: holds(seen), detail, fix: null }))
  checks.push(await memoryCheck(executor, kind))
  const failed = checks.find((check) => !check.ok)
  if (failed && kind !== 'none')
    throw new SandboxUnavailable(
      failed.name,
      `A sandbox on this machine fails its test of "${failed.name}".`,
      failed.fix,
    )
  return checks
}

const memoryCheck = async (executor: Executor, kind: string): Promise<Check> => {
  if (kind === 'none')
    return {
      name: 'limits',
      ok: false,
      detail: 'Trusted code only: each process is bounded, but not the memory and processes of a program together',
      fix: 'Unset the trusted mode and run where cgroups are writable',
    }
  const { outcome } = await output(executor, program('memory', 'my $x = "x" x (1 << 28);', 24 * MiB))
  const ok = outcome.ending.cause === 'oom'
  return { name: 'limits', ok, detail: `Memory, processes and CPU time are bounded by ${kind}`, fix: null }
}

const output = async (executor: Executor, what: Program): Promise<{ text: string; outcome: Outcome }> => {
  const pieces: Uint8Array[] = []
  const running = executor.start(what, { output: (_, bytes) => void pieces.push(bytes) })
  running.closeStdin()
  return { outcome: await running.ended, text: Buffer.concat(pieces).toString() }
}

const CONTAINER =
  'docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined, or what docs/operations.md names instead'

/** What is usually in the way, by what bubblewrap or the kernel says. */
const remedies: [sign: RegExp, fix: string][] = [
  [/into its group/, CGROUPS_FIX],
  [
    /spawn EPERM/,
    'Root gives each sandbox a user of its own, which takes the capabilities SETUID, SETGID and KILL: docker run --cap-add SETUID --cap-add SETGID --cap-add KILL; or start Greenroom as another user',
  ],
  [/proc/i, `In a container, let it mount /proc: ${CONTAINER}; in a pod, procMount: Unmasked with hostUsers: false`],
  [/perl|init\.pl/i, 'Install it with: apt-get install -y perl-base'],
  [
    /./,
    `Allow unprivileged user namespaces: sysctl -w user.max_user_namespaces=15000, and where they exist kernel.unprivileged_userns_clone=1 and kernel.apparmor_restrict_unprivileged_userns=0; in a container: ${CONTAINER}`,
  ],
]

const unstartable = ({ ending }: Outcome, text: string): SandboxUnavailable => {
  const why = ending.cause === 'infrastructure' ? ending.message : `its test ended by ${ending.cause} ${text}`
  const fix = remedies.find(([sign]) => sign.test(why))?.[1] ?? null
  return new SandboxUnavailable('namespaces', `No sandbox can be started: ${why.replace(/\.?$/, '.')}`, fix)
}
