'use strict'
// Runs one program as `node main.js` would, in an interpreter that is already up.
const fs = require('node:fs')
const path = require('node:path')
const Module = require('node:module')
const v8 = require('node:v8')

const ORDERS = 3
const ANSWERS = 4
const WORK = '/home/runner'

// Most orders come whole with the first read, into room that is there already.
const receive = (from, room) => {
  let frame = room
  for (let at = 0, size = 4; ; ) {
    const got = fs.readSync(from, frame, at, frame.length - at)
    if (got === 0) process.reallyExit(122)
    at += got
    if (at >= 4) size = 4 + frame.readUInt32BE()
    if (at >= size) return frame.subarray(4, size)
    if (size > frame.length) frame = Buffer.concat([frame.subarray(0, at)], size)
  }
}

const lists = (frame) => {
  let at = 0
  const count = () => {
    at += 4
    return frame.readUInt32BE(at - 4)
  }
  const text = () => {
    const size = count()
    at += size
    return frame.toString('utf8', at - size, at)
  }
  const list = () => Array.from({ length: count() }, text)
  return [list(), list()]
}

const count = (value) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const sized = (bytes) => Buffer.concat([count(bytes.length), bytes])
const framed = (...lists) =>
  sized(Buffer.concat(lists.flatMap((list) => [count(list.length), ...list.map((text) => sized(Buffer.from(text)))])))

const forget = () => {
  for (const path of Object.keys(require.cache)) delete require.cache[path]
  process.mainModule = undefined
}

// As often as it takes until nothing on the way of a run is done for the first time.
const REHEARSALS = 8

// Goes the way of a run, with a program of our own that prints nothing, so that a waiting interpreter has nothing left to
// load. Not stdin: opening it would make it refuse to block, which programs that read it by hand rely on.
const pretouch = (room) => {
  const typed = process.execArgv.includes('--experimental-transform-types')
  const name = typed ? 'touch.ts' : 'touch.js'
  const [file, orders] = [name, 'orders'].map((name) => path.join('/tmp', name))
  fs.writeFileSync(orders, framed(Object.entries(process.env).flat(), [path.join('../tmp', name), 'argument']))
  fs.writeFileSync(file, typed ? 'enum A { B }\nconst b: number = A.B\nconsole.log(b)' : "console.log('a')")
  const { stdout } = process
  const { write } = stdout
  void process.stderr.writable
  // Nothing that would go on in the background: that would be done in the program's time.
  stdout.write = (_, ...rest) => Reflect.apply(write, stdout, ['', ...rest])
  for (let count = 0; count < REHEARSALS; count++) {
    begin(fs.openSync(orders, 'r+'), room)
    Module.runMain(process.argv[1])
    console.log({ a: [1, 'two'] }, '%s')
    forget()
    process.emit('rehearsal')
    tell(2, '')
  }
  delete stdout.write
  for (const path of [file, orders]) fs.unlinkSync(path)
}

const tell = (to, what) => fs.writeSync(to, what)

// The shutdown of the engine costs milliseconds and nobody sees it; what programs can see has been done when the last
// listener of 'exit' has returned. A failure still prints its reason after that, so it takes the long way.
const leaveEarly = () => {
  const { emit } = process
  let failing = false
  Object.defineProperty(process, 'emit', {
    configurable: true,
    enumerable: false,
    writable: true,
    value: function (name, ...values) {
      if (name === 'uncaughtExceptionMonitor') failing = true
      const result = Reflect.apply(emit, this, [name, ...values])
      if (name === 'exit' && !failing && !(process.exitCode ?? values[0])) tell(ANSWERS, 'X 0\n')
      return result
    },
  })
}

const become = (environment, command) => {
  const wanted = new Map()
  for (let at = 0; at < environment.length; at += 2) wanted.set(environment[at], environment[at + 1])
  // Most of it is there already, and every change is a call into the engine.
  for (const name of Object.keys(process.env)) if (!wanted.has(name)) delete process.env[name]
  for (const [name, value] of wanted) if (process.env[name] !== value) process.env[name] = value
  const [entry, ...args] = command
  process.argv = [process.execPath, path.join(WORK, entry), ...args]
}

const begin = (orders, room) => {
  become(...lists(receive(orders, room)))
  fs.closeSync(orders)
  forget()
}

const wait = (room) => {
  tell(ANSWERS, 'R')
  begin(ORDERS, room)
  // From an empty stack, so that nothing of this file is in the traces of the program.
  process.nextTick(Module.runMain, process.argv[1])
}

// What has been allocated so far is collected when there is no more room, and not as a task in the program's time.
v8.setFlagsFromString('--no-minor-gc-task')
const room = Buffer.alloc(16384)
leaveEarly()
pretouch(room)
// Behind this script, whose end has work of its own.
process.nextTick(wait, room)
