'use strict'
// What Node needs to go on in a fork, which it was not made for.
const fs = require('node:fs')
const v8 = require('node:v8')
const { aside, call, defaultLoop, fork, loopFork, numbers, open, pipe, reaped, word } = require('./kernel.cjs')
const { CLOSE_ON_EXEC, KILL, READ_WRITE } = require('./kernel.cjs')

const NONBLOCK = 0o4000
const CONDITIONS = [36, 28] // of `__wrefs` in a condition, up to and from glibc 2.41
const LOCK_BYTES = process.arch === 'arm64' ? 48 : 40
const TRIAL = { code: 42, rounds: 2000 }

/**
 * What a fork will have of the engine that is of no use there: its open descriptors, and the locks that its threads wait
 * at, by the words in which each counts them.
 */
const engine = () => ({ own: Map.groupBy(openOnes(), linkOf), words: [...new Set(waits())].flatMap(countsAt) })

const waits = () => {
  const tasks = fs.readdirSync('/proc/self/task').filter((task) => task !== `${process.pid}`)
  for (let round = 0; round < TRIAL.rounds; round++) {
    const calls = tasks.map((task) => fs.readFileSync(`/proc/self/task/${task}/syscall`, 'latin1').split(' '))
    const areIdle = calls.every(([number]) => !number.startsWith('running'))
    if (areIdle)
      return calls.filter(([number]) => Number(number) === numbers.futex).map(([, address]) => Number(address))
    pause()
  }
  throw new Error('the threads of the engine do not come to rest')
}

const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)

// Where the C library keeps how many wait for a condition (`__wrefs`): before the pair of words at which they wait. How many
// use the lock beside it (`__nusers`) stands in the fourth word of that, which lies right before the condition.
const countsAt = (address) => {
  const waiting = address - (address % 8) - 4
  const users = CONDITIONS.map((offset) => waiting - offset - LOCK_BYTES + 12)
  const found = users.find(
    (at) => word(waiting) >> 3 === word(at) && word(at) > 0 && word(at - 12) + word(at - 8) + word(at - 4) === 0,
  )
  if (!found) throw new Error('the threads of the engine wait in an unknown way')
  return [
    { at: waiting, keep: 7 },
    { at: found, keep: 0 },
  ]
}

// The engine goes on with its own descriptors in a fork, by their numbers: behind those are new ones of their kind then,
// since what lies behind them now is shared with all other forks. All else is nothing.
const openOnes = () =>
  fs
    .readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => fd > 4)

/** Puts new things, or nothing, behind all descriptors but those that every sandbox has. */
const forsake = ({ own }) => {
  const fresh = new Map([...own].flatMap(([kind, fds]) => renewed(kind, fds)))
  for (const fd of openOnes()) if (!fresh.has(fd)) fresh.set(fd, open('/dev/null', READ_WRITE))
  for (const [fd, made] of fresh) if (made !== fd) call('dup3', made, fd, CLOSE_ON_EXEC)
  for (const made of fresh.values()) if (!fresh.has(made)) call('close', made)
}

const renewed = (kind, fds) => {
  if (kind === 'anon_inode:[eventpoll]') return fds.map((fd) => [fd, aside(call('epoll_create1', CLOSE_ON_EXEC))])
  if (kind === 'anon_inode:[eventfd]')
    return fds.map((fd) => [fd, aside(call('eventfd2', 0, CLOSE_ON_EXEC | NONBLOCK))])
  if (kind.startsWith('pipe:') && fds.length === 2)
    return pipe(CLOSE_ON_EXEC | NONBLOCK).map((end, index) => [fds[index], aside(end)])
  return []
}

const linkOf = (fd) => {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return 'the listing'
  }
}

/** Tells a fork that it has no threads any more, and what must differ between two of them. */
const renew = ({ words }) => {
  if (loopFork(defaultLoop()) !== 0) throw new Error('the event loop does not survive a fork')
  // Else the end of the engine would wait for them.
  for (const { at, keep } of words) word(at, word(at) & keep)
  for (const fd of openOnes()) if (linkOf(fd) === '/dev/null') call('close', fd)
  Object.defineProperty(process, 'pid', { value: call('getpid'), configurable: true, enumerable: true })
  seed()
}

// The engine takes its random numbers from a seed of its start; the first number is made of this one.
const seed = () => {
  const bytes = Buffer.alloc(4)
  call('getrandom', bytes, 4, 0)
  v8.setFlagsFromString(`--random-seed=${1 + (bytes.readUInt32LE() >>> 2)}`)
  Math.random()
  v8.setFlagsFromString('--random-seed=0')
}

/** Whether a fork comes to its end as its engine means it to: a trial, since all of the above is nobody's promise. */
const endsWell = (left) => {
  const pid = fork()
  if (pid === 0) {
    renew(left)
    process.reallyExit(TRIAL.code)
  }
  for (let round = 0; round < TRIAL.rounds; round++) {
    const gone = reaped()
    if (gone.pid === pid) return gone.status === TRIAL.code << 8
    pause()
  }
  call('kill', pid, KILL)
  return false
}

module.exports = { endsWell, engine, forsake, renew }
