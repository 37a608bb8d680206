'use strict'
// The first process of a forked sandbox: builds it, starts the program's process, tells how that ended.
const { aside, call, dumpable, fork, maskAll, now, open, pathBytes, reaped, signalSet } = require('./kernel.cjs')
const { CLOSE_ON_EXEC, KILL, READ_WRITE } = require('./kernel.cjs')
const { hearChildren, isolate } = require('./isolation.cjs')
const { forsake } = require('./engine.cjs')
const { fail, leave, OVER, overWith, prepare, say } = require('./program.cjs')

const [CHILD, TRIED] = [17, 40]
const FIRST_UNUSED = 4
const SIGNALS = [CHILD, OVER]

/** True in the process that becomes the program, which then takes its job; the first process ends here. */
const first = (opened, calls, hurry, left) => {
  try {
    hearChildren()
    const wires = opened.map(aside)
    for (const [number, fd] of wires.entries()) call('dup3', fd, number, number < 3 ? 0 : CLOSE_ON_EXEC)
    isolate(calls)
    forsake(left)
    // Nobody reads or traces this process.
    dumpable(false)
    // Nor does any signal of the program end it, or disturb it.
    const before = maskAll()
    const main = fork()
    if (main < 0) throw new Error('cannot fork')
    if (main > 0) watch(main, hurry)
    prepare(before, hurry, left)
    return true
  } catch (error) {
    fail(error)
  }
}

const watch = (main, hurry) => {
  call('close_range', FIRST_UNUSED, 0xffffffff, 0)
  const none = open('/dev/null', READ_WRITE)
  for (const fd of [0, 1, 2]) call('dup3', none, fd, 0)
  if (!hurry) rehearseEnd()
  const status = over(main)
  const ended = now()
  killAll(KILL)
  say(lastWord(status, ended))
  leave(0)
}

const rehearseEnd = () => {
  overWith(TRIED, 0)
  lastWord(heard([TRIED]).code, now())
  killAll(0)
}

/** Waits for the end of the program and tells its wait status. Whoever forges OVER has merely ended it early. */
const over = (main) => {
  for (;;) {
    const { number, code } = heard(SIGNALS)
    if (number === OVER) return (code & 255) << 8
    for (let gone = reaped(); gone.pid > 0; gone = reaped()) if (gone.pid === main) return gone.status
  }
}

const heard = (signals) => {
  const info = Buffer.alloc(128)
  const number = call('rt_sigtimedwait', signalSet(signals), info, 0, 8)
  return { number, code: info.readInt32LE(24) }
}

const killAll = (number) => {
  try {
    call('kill', -1, number)
  } catch {
    // Nobody is left.
  }
}

const lastWord = (status, ended) => {
  const room = Buffer.alloc(256)
  call('statfs', pathBytes('/home'), room)
  const [block, blocks, free] = [8, 16, 24].map((at) => Number(room.readBigInt64LE(at)))
  return `E ${status} ${ended} ${free * block} ${blocks * block}`
}

module.exports = { first }
