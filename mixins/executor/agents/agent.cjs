'use strict'
// Runs one program as `node main.js` would, in an interpreter that is already up.
const fs = require('node:fs')
const path = require('node:path')
const Module = require('node:module')
const v8 = require('node:v8')
const { Frames, framed, number, sized, PIECE } = require('./frames.cjs')

const WORK = '/home/runner'
const room = Buffer.alloc(PIECE)

const forget = () => {
  for (const path of Object.keys(require.cache)) delete require.cache[path]
  process.mainModule = undefined
}

/** Takes over what a job says: environment, entry and arguments. */
const become = (environment, [entry, ...args]) => {
  const wanted = new Map()
  for (let at = 0; at < environment.length; at += 2) wanted.set(environment[at], environment[at + 1])
  // Most of it is there already, and every change is a call into the engine.
  for (const name of Object.keys(process.env)) if (!wanted.has(name)) delete process.env[name]
  for (const [name, value] of wanted) if (process.env[name] !== value) process.env[name] = value
  process.argv = [process.execPath, path.join(WORK, entry), ...args]
}

/** The program that was taken over, from an empty stack: nothing of ours is in its traces then. */
const runNext = () => {
  forget()
  process.nextTick(Module.runMain, process.argv[1])
}

const unpack = (frames) => {
  for (let left = frames.count(); left > 0; left--) frames.file()
}

const tell = (to, what) => fs.writeSync(to, what)

/**
 * Goes the way of a run, with a program of our own that prints nothing, so that a waiting interpreter has nothing left to
 * load: as often as it takes until nothing on the way is done for the first time. Not stdin: opening it would make it
 * refuse to block, which programs that read it by hand rely on.
 */
const pretouch = (folder, rehearsals) => {
  const typed = process.execArgv.includes('--experimental-transform-types')
  const [file, job] = [typed ? 'touch.ts' : 'touch.js', 'job'].map((name) => path.join(folder, name))
  const source = typed ? 'enum A { B }\nconst b: number = A.B\nconsole.log(b)' : "console.log('a')"
  const command = [path.relative(WORK, file), 'argument']
  const environment = Object.entries(process.env).flat()
  fs.writeFileSync(job, Buffer.concat([framed(environment, command), number(1), sized(file), sized(source)]))
  const { stdout } = process
  const { write } = stdout
  void process.stderr.writable
  // Nothing that would go on in the background: that would be done in the program's time.
  stdout.write = (_, ...rest) => Reflect.apply(write, stdout, ['', ...rest])
  for (let count = 0; count < rehearsals; count++) {
    const fd = fs.openSync(job, 'r+')
    const frames = new Frames(fd, room)
    become(frames.list(), frames.list())
    unpack(frames)
    fs.closeSync(fd)
    Module.runMain(process.argv[1])
    console.log({ a: [1, 'two'] }, '%s')
    forget()
    process.emit('rehearsal')
    tell(2, '')
  }
  delete stdout.write
  for (const path of [file, job]) fs.unlinkSync(path)
}

/**
 * The shutdown of the engine costs milliseconds and nobody sees it; what programs can see has been done when the last
 * listener of 'exit' has returned. A failure still prints its reason after that, so it takes the long way.
 */
const leaveEarly = (leave) => {
  const { emit } = process
  let failing = false
  Object.defineProperty(process, 'emit', {
    configurable: true,
    enumerable: false,
    writable: true,
    value: function (name, ...values) {
      if (name === 'uncaughtExceptionMonitor') failing = true
      const result = Reflect.apply(emit, this, [name, ...values])
      // Whoever emits it by hand goes on.
      if (name === 'exit' && process._exiting && !failing) leave(Number(process.exitCode ?? values[0] ?? 0))
      return result
    },
  })
}

/** What has been allocated so far is collected when there is no more room, and not as a task in the program's time. */
const holdCollections = () => v8.setFlagsFromString('--no-minor-gc-task')

module.exports = { become, holdCollections, leaveEarly, pretouch, room, runNext, tell, unpack }
