'use strict'
// The process of a forked sandbox that becomes the program.
const fs = require('node:fs')
const { call, dumpable, now, signalSet, unmask } = require('./kernel.cjs')
const { Frames } = require('./frames.cjs')
const { become, leaveEarly, pretouch, room, runNext, tell, unpack } = require('./agent.cjs')
const { renew } = require('./engine.cjs')

const [TOLD, JOB] = [3, 4]
// By which the first process hears of an end.
const OVER = 39
const REHEARSALS = 2
// Woken by its own end, a process of this policy does not go before whoever has woken it.
const YIELDING = 3
const NO_PRIORITY = Buffer.alloc(4)
const NO_SIGNALS = signalSet([])
// A sandbox waits on some of them, its program goes on on all.
const cpus = Buffer.alloc(128)

const say = (line) => tell(TOLD, `${line}\n`)
const leave = (code) => call('exit_group', code)
/** Whatever happens, what is not isolated, or not what it should be, goes no further. */
const fail = (error) => {
  try {
    say(`F ${error.message}`)
  } finally {
    leave(121)
  }
}

/** Gets ready, as far as there is time. */
const prepare = (mask, hurry, left) => {
  dumpable(true)
  noteCpus()
  renew(left)
  unmask(mask)
  fs.writeFileSync('/proc/self/oom_score_adj', '1000')
  if (!hurry) {
    pretouch('/tmp', REHEARSALS)
    overWith(0, 0)
  }
  leaveEarly(leaveWith)
  say('R')
}

/** Waits for the job, and becomes its program. */
const take = () => {
  try {
    heed(new Frames(JOB, room))
  } catch (error) {
    fail(error)
  }
  runNext()
}

const heed = (frames) => {
  if (frames.count() !== 1) leave(122)
  const [limits, environment, command] = [frames.list(), frames.list(), frames.list()]
  try {
    unpack(frames)
  } catch {
    say('B')
    leave(1)
  }
  frames.list() // a fork hands nothing out
  become(environment, command)
  frames.go()
  everywhere()
  say(`S ${now()}`)
  for (const row of limits) {
    const [resource, soft, hard] = row.split(':').map(Number)
    call('prlimit64', 0, resource, Buffer.from(BigUint64Array.of(BigInt(soft), BigInt(hard)).buffer), 0)
  }
  for (const fd of [TOLD, JOB]) fs.closeSync(fd)
}

const noteCpus = () => {
  try {
    call('sched_getaffinity', 0, cpus.length, cpus)
  } catch {
    // More than we know of; then it is not moved either.
  }
}

const everywhere = () => {
  try {
    call('sched_setaffinity', 0, cpus.length, cpus)
  } catch {
    // None of them is there any more; it goes on where it is.
  }
}

// The first process ends this one, which is taken apart only after that: nobody has to wait for it.
const leaveWith = (code) => {
  try {
    call('sched_setscheduler', 0, YIELDING, NO_PRIORITY)
    overWith(OVER, code)
    call('rt_sigtimedwait', NO_SIGNALS, 0, 0, NO_SIGNALS.length)
  } finally {
    leave(code)
  }
}
const overWith = (number, code) => {
  const info = Buffer.alloc(128)
  info.writeInt32LE(number, 0)
  info.writeInt32LE(-1, 8)
  info.writeInt32LE(code & 255, 24)
  call('rt_sigqueueinfo', 1, number, info)
}

module.exports = { fail, leave, OVER, overWith, prepare, say, take }
