'use strict'
// Forks sandboxes from an interpreter that is up. It reads orders of the executor and never runs a program itself.
const fs = require('node:fs')
const v8 = require('node:v8')
const vm = require('node:vm')
const { holdCollections, pretouch, tell } = require('./agent.cjs')
const { call, CLOSE_ON_EXEC, know, pipe } = require('./kernel.cjs')
const { forkInto, prepare } = require('./isolation.cjs')
const { endsWell, engine } = require('./engine.cjs')
const { first } = require('./first.cjs')
const { take } = require('./program.cjs')

const [ORDERS, ANSWERS, REHEARSALS] = [0, 1, 16]
const INWARD = [true, false, false, false, true]
// What a program started in the usual way would not find among its options.
const OURS = ['--single-threaded', '--v8-pool-size=1', '--disable-sigusr1']

const held = new Map()
let ahead = ''

const order = () => {
  const piece = Buffer.alloc(65536)
  while (!ahead.includes('\n')) {
    const got = fs.readSync(ORDERS, piece)
    if (got === 0) return null
    ahead += piece.latin1Slice(0, got)
  }
  const line = ahead.slice(0, ahead.indexOf('\n'))
  ahead = ahead.slice(line.length + 1)
  return line.split(' ')
}

const answer = (...words) => tell(ANSWERS, `${words.join(' ')}\n`)

// The ends of a sandbox's pipes: its own, and those that the host takes over.
const openPipes = (id, uid) => {
  const ends = []
  held.set(id, ends)
  const pairs = INWARD.map(() => {
    const pair = pipe(CLOSE_ON_EXEC)
    ends.push(...pair)
    // The program may open its own output anew, by its name in /proc.
    for (const fd of pair) call('fchown', fd, uid, uid)
    return pair
  })
  const theirs = pairs.map(([from, to], index) => (INWARD[index] ? from : to))
  const ours = pairs.map(([from, to], index) => (INWARD[index] ? to : from))
  return { theirs, ours }
}

// True in the process that is to become the program.
const make = (left, id, uid, group, haste, ...calls) => {
  let pid
  let pipes
  try {
    pipes = openPipes(id, Number(uid))
    pid = forkInto(group)
  } catch (error) {
    answer('failed', id, error.message)
    return false
  }
  if (pid === 0) return first(pipes.theirs, calls, haste === 'now', left)
  answer('made', id, pid, ...pipes.ours)
  return false
}

const release = (id) => {
  for (const fd of held.get(id) ?? []) call('close', fd)
  held.delete(id)
}

const serve = (left) => {
  answer('up', process.pid)
  for (let words = order(); words !== null; words = order()) {
    const [what, ...rest] = words
    if (what !== 'make') release(...rest)
    else if (make(left, ...rest)) return take()
  }
  leave()
}

// The last of its sandboxes may outlive it; that it is there tells that they are.
const leave = () => {
  try {
    call('wait4', -1, 0, 0, 0)
  } catch {
    process.reallyExit(0)
  }
}

// Forks copy what they touch, so that what they share should lie together.
const collect = () => {
  v8.setFlagsFromString('--expose-gc')
  const gc = vm.runInNewContext('gc')
  for (let round = 0; round < 2; round++) gc()
  v8.setFlagsFromString('--no-expose-gc')
}

const [, ...settings] = order()
const told = Object.fromEntries(
  settings.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
)
know(told.calls)
const left = engine()
if (!endsWell(left)) throw new Error('a fork of the engine does not end')
prepare(told)
holdCollections()
pretouch('/dev/shm', REHEARSALS)
process.execArgv = process.execArgv.filter((option) => !OURS.includes(option))
collect()
// Behind this script, whose end has work of its own.
process.nextTick(serve, left)
