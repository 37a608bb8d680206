'use strict'
const fs = require('node:fs')
const path = require('node:path')

const PIECE = 16384

/** Reads the framing of jobs from a descriptor. Most come whole with the first read, into room that is there already. */
class Frames {
  constructor(fd, room) {
    this.fd = fd
    this.room = room
    this.at = 0
    this.end = 0
  }

  // Good until the next call.
  read(size) {
    while (this.end - this.at < size) this.more(size)
    this.at += size
    return this.room.subarray(this.at - size, this.at)
  }

  more(size) {
    const to = size > this.room.length ? Buffer.alloc(size) : this.room
    this.room.copy(to, 0, this.at, this.end)
    this.room = to
    this.end -= this.at
    this.at = 0
    const got = fs.readSync(this.fd, this.room, this.end, this.room.length - this.end)
    if (got === 0) process.reallyExit(122)
    this.end += got
  }

  count() {
    return this.read(4).readUInt32BE()
  }

  text() {
    return this.read(this.count()).toString()
  }

  list() {
    return Array.from({ length: this.count() }, () => this.text())
  }

  /** Waits for the word to begin, which may come much later than the job. */
  go() {
    this.read(1)
  }

  /** Writes one file of the job; throws where the disk limit is too small for it. */
  file() {
    const name = this.text()
    fs.mkdirSync(path.dirname(name), { recursive: true })
    const file = fs.openSync(name, 'w')
    for (let left = this.count(); left > 0; ) {
      const piece = this.read(Math.min(left, PIECE))
      left -= piece.length
      if (fs.writeSync(file, piece) < piece.length) throw new Error('no space left')
    }
    fs.closeSync(file)
  }
}

const number = (value) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const sized = (text) => Buffer.concat([number(Buffer.byteLength(text)), Buffer.from(text)])
/** Lists of texts as they come in jobs. */
const framed = (...lists) => Buffer.concat(lists.flatMap((list) => [number(list.length), ...list.map(sized)]))

module.exports = { Frames, framed, number, sized, PIECE }
