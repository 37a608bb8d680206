'use strict'
// An interpreter of one sandbox: waits for one program, becomes it.
const fs = require('node:fs')
const { Frames } = require('./frames.cjs')
const { become, holdCollections, leaveEarly, pretouch, room, runNext, tell } = require('./agent.cjs')

const [ORDERS, ANSWERS, REHEARSALS] = [3, 4, 8]

const wait = () => {
  tell(ANSWERS, 'R')
  const frames = new Frames(ORDERS, room)
  become(frames.list(), frames.list())
  fs.closeSync(ORDERS)
  runNext()
}

holdCollections()
leaveEarly((code) => tell(ANSWERS, `X ${code}\n`))
pretouch('/tmp', REHEARSALS)
// Behind this script, whose end has work of its own.
process.nextTick(wait)
