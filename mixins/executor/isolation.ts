import { readFileSync } from 'node:fs'
import { masked, WORK } from './profile.ts'
import { syscallsOf } from './seccomp/filter.ts'

/** What one fork is to become: the first process of a sandbox under this user, with so much disk, in this group. */
export type Isolation = { uid: number; diskBytes: number; group: string }

const table = syscallsOf(process.arch)

const NEWNS = 0x20000
const NEWCGROUP = 0x2000000
const NEWUTS = 0x4000000
const NEWIPC = 0x8000000
const NEWUSER = 0x10000000
const NEWNET = 0x40000000
const [NOSUID, NODEV, NOEXEC, BIND, DETACH] = [2, 4, 8, 0x1000, 2]
const [DEATH_SIGNAL, DUMPABLE, SECCOMP, DROP_BOUND, NO_NEW_PRIVILEGES] = [1, 4, 22, 24, 38]
const [HERE, WRITE, CORE, SIGKILL] = [-100, 1, 4, 9]
const LAST_CAPABILITY = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'))
const CAPABILITIES_V3 = 0x20080522

/**
 * Arguments as a fork reads them: a number; `x` and bytes in hex, of which the kernel gets the address; `t` and the name of
 * a tree of groups, for its descriptor; KEPT, what the last call told whose name has a plus; FILTER, the address of the filter.
 */
const KEPT = 'r'
const FILTER = 'f'
const bytes = (value: Buffer) => `x${value.toString('hex')}`
const text = (value: string) => bytes(Buffer.from(`${value}\0`))
const numbers = (...values: number[]) => bytes(Buffer.from(Uint32Array.from(values).buffer))

const call = (name: string, ...values: (number | string)[]) => [name, table[name], ...values].join(':')
const kept = (name: string, ...values: (number | string)[]) => `+${call(name, ...values)}`
// The kernel refuses some options where what they leave out is not zero.
const prctl = (option: number, value: number, third: number | string = 0) => call('prctl', option, value, third, 0, 0)
const mount = (source: string, target: string, type: string, flags: number, options = '') =>
  call('mount', text(source), text(target), text(type), flags, text(options))

/**
 * The calls of the kernel by which a fork with namespaces of processes of its own becomes the first process of a sandbox,
 * in order, as `name:number:argument:…`; one that fails ends it. It is in its group of the unified tree already; the others
 * follow. What they change of one thread they change of the process: it has no other, else its own user namespace is refused.
 */
export const isolationCalls = ({ uid, diskBytes, group }: Isolation, trees: readonly string[]): string[] => [
  ...trees.flatMap((tree) => join(tree, group)),
  call('unshare', NEWNS | NEWNET | NEWIPC | NEWUTS | NEWCGROUP),
  call('setsid'),
  ...mounts(uid, diskBytes),
  ...network,
  call('sethostname', text('sandbox'), 'sandbox'.length),
  call('chdir', text(WORK)),
  call('umask', 0o022),
  ...forsake(uid),
  prctl(DEATH_SIGNAL, SIGKILL),
]

// A thread that moves itself moves at once.
const join = (tree: string, group: string) => [kept('openat', `t${tree}`, text(`${group}/tasks`), WRITE), ...write('0')]

const write = (what: string) => [call('write', KEPT, text(what), what.length), call('close', KEPT)]

// What is the same for all is made once: a fork waits for the rest.
const masks = masked.map((path) => mount('/dev/null', path, '', BIND))

const mounts = (uid: number, diskBytes: number) => [
  call('umount2', text('/proc'), DETACH),
  mount('proc', '/proc', 'proc', NOSUID | NODEV | NOEXEC),
  ...masks,
  mount('tmpfs', '/dev/shm', 'tmpfs', NOSUID | NODEV, 'size=16777216,mode=1777'),
  mount('tmpfs', '/home', 'tmpfs', NOSUID | NODEV, `size=${diskBytes},mode=755,uid=${uid},gid=${uid}`),
  ...folder(WORK, 0o700, uid),
  ...folder('/home/tmp', 0o1777, uid),
]

const folder = (path: string, mode: number, uid: number) => [
  call('mkdirat', HERE, text(path), mode),
  call('fchmodat', HERE, text(path), mode),
  call('fchownat', HERE, text(path), uid, uid, 0),
]

// The interface of the sandbox itself is up.
const network = [
  kept('socket', 2, 2, 0),
  call(
    'ioctl',
    KEPT,
    0x8914,
    bytes(Buffer.concat([Buffer.from('lo'.padEnd(16, '\0')), Buffer.from([1, 0]), Buffer.alloc(14)])),
  ),
  call('close', KEPT),
]

const put = (path: string, what: string) => [kept('openat', HERE, text(path), WRITE), ...write(what)]

const farewell = [
  ...Array.from({ length: LAST_CAPABILITY + 1 }, (_, capability) => prctl(DROP_BOUND, capability)),
  call('capset', numbers(CAPABILITIES_V3, 0), numbers(0, 0, 0, 0, 0, 0)),
  // A core of one byte is never handed to the host's core handler, one of zero is.
  call('prlimit64', 0, CORE, numbers(1, 0, 1, 0), 0),
  prctl(NO_NEW_PRIVILEGES, 1),
  prctl(SECCOMP, 2, FILTER),
]

/** Gives up everything that the sandbox must not have. The mounts stay those of the host's user namespace. */
const forsake = (uid: number) => [
  call('setgroups', 0, 0),
  call('setresgid', uid, uid, uid),
  call('setresuid', uid, uid, uid),
  prctl(DUMPABLE, 1),
  call('unshare', NEWUSER),
  ...put('/proc/self/setgroups', 'deny'),
  ...put('/proc/self/uid_map', `1000 ${uid} 1`),
  ...put('/proc/self/gid_map', `1000 ${uid} 1`),
  ...farewell,
]
