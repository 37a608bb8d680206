import { existsSync } from 'node:fs'

export const WORK = '/home/runner'

/** Where compile commands leave what run commands start. */
export const BUILD = '/home/build'

/** What differs between two sandboxes; nothing of a user's program is among it. */
export type Cell = {
  diskBytes: number
  etc: string
  agents: string
  mounts: readonly (readonly [host: string, inside: string])[]
}

/** File descriptors of the launcher: 0 to 2 are the program's, the rest are closed before it starts. */
export const TOLD = 3
export const JOB = 4
export const SECCOMP = 5
export const LAUNCHED = 6

/** The whole command line of bubblewrap for one sandbox: what can be seen inside, and nothing else. */
export const bwrapArguments = (cell: Cell, command: readonly string[]): string[] => [
  ...['--unshare-user', '--unshare-all', '--disable-userns', '--uid', '1000', '--gid', '1000', '--hostname', 'sandbox'],
  ...['--die-with-parent', '--new-session', '--as-pid-1', '--clearenv'],
  ...system,
  ...['--ro-bind', cell.etc, '/etc', '--ro-bind', cell.agents, '/opt/greenroom'],
  ...cell.mounts.flatMap(([host, inside]) => ['--ro-bind', host, inside]),
  ...['--proc', '/proc', ...masked.flatMap((path) => ['--ro-bind', '/dev/null', path])],
  ...devices,
  ...disk(cell.diskBytes),
  ...['--remount-ro', '/', '--seccomp', `${SECCOMP}`, '--json-status-fd', `${LAUNCHED}`, '--', ...command],
]

const system = [
  ...['--ro-bind', '/usr', '/usr'],
  ...['bin', 'lib', 'lib32', 'lib64', 'sbin'].flatMap((name) =>
    existsSync(`/usr/${name}`) ? ['--symlink', `usr/${name}`, `/${name}`] : [],
  ),
]

/** Where a fork server finds the trees of groups that its sandboxes are born in; their own `/home` lies over it. */
const GROUPS = '/home/groups'

/** The command line of bubblewrap for a fork server: it sees what its sandboxes will see, and keeps the rights to make them. */
export const forkServerArguments = (
  cell: Omit<Cell, 'diskBytes'>,
  trees: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
  command: readonly string[],
): string[] => [
  ...['--unshare-net', '--unshare-ipc', '--unshare-uts', '--cap-add', 'ALL', '--die-with-parent', '--new-session'],
  ...['--clearenv', ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value])],
  ...system,
  ...parents(['/opt/greenroom', ...cell.mounts.map(([, inside]) => inside)]),
  ...['--ro-bind', cell.etc, '/etc', '--ro-bind', cell.agents, '/opt/greenroom'],
  ...Object.entries(trees).flatMap(([name, folder]) => ['--bind', folder, `${GROUPS}/${name}`]),
  ...cell.mounts.flatMap(([host, inside]) => ['--ro-bind', host, inside]),
  ...['--proc', '/proc', ...devices, '--dir', '/home', '--symlink', 'home/tmp', '/tmp', '--remount-ro', '/'],
  ...['--seccomp', `${SECCOMP}`, '--', ...command],
]

// What lies in between belongs to root here, and users of sandboxes have to get through.
const parents = (paths: readonly string[]): string[] => {
  const all = paths.flatMap((path) => path.split('/').map((_, depth, parts) => parts.slice(0, depth).join('/')))
  const made = [...new Set(all)].filter((path) => path !== '' && !path.startsWith('/usr'))
  return made.flatMap((path) => ['--perms', '0755', '--dir', path])
}

// Files of /proc that tell about the host; most are for root alone, which the sandbox is not, but not everywhere.
export const masked = [
  'cmdline',
  'kallsyms',
  'kcore',
  'keys',
  'key-users',
  'kmsg',
  'modules',
  'sched_debug',
  'timer_list',
  'vmallocinfo',
]
  .map((name) => `/proc/${name}`)
  .filter((path) => existsSync(path))

const devices = [
  ...['--size', '65536', '--tmpfs', '/dev'],
  ...['null', 'zero', 'full', 'random', 'urandom'].flatMap((name) => ['--dev-bind', `/dev/${name}`, `/dev/${name}`]),
  ...['--symlink', '/proc/self/fd', '/dev/fd', '--symlink', '/proc/self/fd/0', '/dev/stdin'],
  ...['--symlink', '/proc/self/fd/1', '/dev/stdout', '--symlink', '/proc/self/fd/2', '/dev/stderr'],
  ...['--perms', '1777', '--size', `${16 << 20}`, '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
]

// One file system holds the work folder and /tmp, so that one number bounds both.
const disk = (bytes: number) => [
  ...['--perms', '0755', '--size', `${bytes}`, '--tmpfs', '/home', '--perms', '0700', '--dir', WORK],
  ...['--perms', '1777', '--dir', '/home/tmp', '--symlink', 'home/tmp', '/tmp', '--chdir', WORK],
]
