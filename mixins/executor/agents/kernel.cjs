'use strict'
// Calls of the kernel by their numbers, as the host tells them, and of the C library that the engine has loaded already.
const native = { exports: {} }
process.dlopen(native, `${__dirname}/koffi.node`)
const { address, errno, load } = native.exports
const library = load(null)

const syscall = library.func('long syscall(long, long, long, long, long, long, long)')
const memcpy = library.func('void *memcpy(long, long, long)')
const numbers = {}

const pathBytes = (text) => Buffer.from(`${text}\0`)
const CLEAR = 64
const HERE = -100
const SET_MASK = 2
const DUMPABLE = 4

/** A call by its number; what is no number is handed over by its address. Throws what the kernel says, and to which call. */
const callNumber = (number, values, name) => {
  const made = values.map((value) => (typeof value === 'number' ? value : address(value)))
  const result = syscall(number, made[0] ?? 0, made[1] ?? 0, made[2] ?? 0, made[3] ?? 0, made[4] ?? 0, made[5] ?? 0)
  if (result === -1) throw new Error(`${name}: error ${errno()}`)
  return result
}
const call = (name, ...values) => callNumber(numbers[name], values, name)

const signalSet = (signals) => {
  const mask = signals.reduce((sum, number) => sum | (1n << BigInt(number - 1)), 0n)
  return Buffer.from(BigUint64Array.of(mask).buffer)
}

module.exports = {
  CLOSE_ON_EXEC: 0o2000000,
  READ_WRITE: 2,
  KILL: 9,
  /** Microseconds of the clock that all processes share. */
  now: () => process.hrtime.bigint() / 1000n,
  /** Whether others may read or trace this process. */
  dumpable: (yes) => call('prctl', DUMPABLE, yes ? 1 : 0, 0, 0, 0),
  /** Keeps every signal from this process; tells the mask that was before, for `unmask`. */
  maskAll: () => {
    const before = Buffer.alloc(8)
    call('rt_sigprocmask', SET_MASK, Buffer.alloc(8, 0xff), before, 8)
    return before
  },
  unmask: (before) => call('rt_sigprocmask', SET_MASK, before, 0, 8),
  signalSet,
  /** Some child that has ended: 0 where none has. */
  reaped: () => {
    const status = Buffer.alloc(4)
    return { pid: call('wait4', -1, status, 1, 0), status: status.readInt32LE() }
  },
  call,
  callNumber,
  know: (told) => {
    for (const pair of told.split(',')) numbers[pair.split(':')[0]] = Number(pair.split(':')[1])
  },
  numbers,
  open: (path, flags = 0, at = HERE) => call('openat', at, pathBytes(path), flags),
  /** Its copy under a number clear of those that sandboxes use. */
  aside: (fd) => {
    const copy = call('fcntl', fd, 1030, CLEAR) // F_DUPFD_CLOEXEC
    call('close', fd)
    return copy
  },
  /** The end to read from and the one to write to. */
  pipe: (flags) => {
    const pair = Buffer.alloc(8)
    call('pipe2', pair, flags)
    return [pair.readInt32LE(0), pair.readInt32LE(4)]
  },
  pathBytes,
  address,
  fork: library.func('int fork()'),
  loopFork: library.func('int uv_loop_fork(void *)'),
  defaultLoop: library.func('void *uv_default_loop()'),
  /** The word at an address of this process, read or changed. */
  word: (at, value) => {
    const four = Buffer.alloc(4)
    if (value === undefined) memcpy(address(four), at, 4)
    else memcpy(at, address(Buffer.from(Uint32Array.of(value).buffer)), 4)
    return four.readUInt32LE()
  },
}
