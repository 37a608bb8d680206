import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import type { Subject } from './subjects.ts'

// Each reads a length and a source from stdin, runs it, tells so on stderr, and waits for the next: nothing else.
const PYTHON = `
import os, sys
while True:
    source = os.read(0, int.from_bytes(os.read(0, 4), 'big'))
    exec(compile(source, 'main.py', 'exec'), {'__name__': '__main__'})
    sys.stdout.flush()
    os.write(2, b'X')`
const RUBY = `
$stdout.sync = true
loop do
  RubyVM::InstructionSequence.compile(STDIN.readpartial(STDIN.readpartial(4).unpack1('N'))).eval
  STDERR.syswrite('X')
end`
const JAVASCRIPT = `
const fs = require('node:fs'), Module = require('node:module')
const read = (size) => { const bytes = Buffer.alloc(size); fs.readSync(0, bytes); return bytes }
const next = () => {
  new Module('main.js')._compile(read(read(4).readUInt32BE()).toString(), '/tmp/main.js')
  fs.writeSync(2, 'X')
  setImmediate(next)
}
next()`

const commands: Readonly<Record<string, [command: string, ...args: string[]]>> = {
  python: ['/usr/bin/python3', '-c', PYTHON],
  ruby: ['/usr/bin/ruby', '-e', RUBY],
  javascript: [process.execPath, '-e', JAVASCRIPT],
}

/**
 * The floor of a run in a sandbox that waited: an interpreter that is up, has run the same program before, and is handed
 * it over a pipe, with no isolation, no executor and no file.
 */
export class Interpreter {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #frame: Buffer
  #printed = ''
  #isOver = false
  #done: () => void = () => {}

  constructor({ language, source }: Subject) {
    const [command, ...args] = commands[language]!
    this.#child = spawn(command, args, { env: { PATH: '/usr/bin:/bin' }, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#frame = Buffer.concat([Buffer.alloc(4), Buffer.from(source)])
    this.#frame.writeUInt32BE(Buffer.byteLength(source))
    this.#child.stdout.on('data', (bytes) => this.#heed(`${bytes}`, false))
    this.#child.stderr.on('data', () => this.#heed('', true))
  }

  static of(subject: Subject): Interpreter | null {
    return commands[subject.language] ? new Interpreter(subject) : null
  }

  /** Runs the program once more; resolves when its output and the word that it is over have come. */
  run(): Promise<void> {
    this.#printed = ''
    this.#isOver = false
    return new Promise((resolve) => {
      this.#done = resolve
      this.#child.stdin.write(this.#frame)
    })
  }

  /** Memory that it shares with nobody, while it waits. */
  get ownBytes(): number {
    const rollup = readFileSync(`/proc/${this.#child.pid}/smaps_rollup`, 'utf8')
    return [...rollup.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+)/gm)].reduce(
      (sum, [, kib]) => sum + Number(kib) * 1024,
      0,
    )
  }

  close(): void {
    this.#child.kill('SIGKILL')
  }

  #heed(text: string, isOver: boolean): void {
    this.#printed += text
    this.#isOver ||= isOver
    if (this.#isOver && this.#printed === 'hi\n') this.#done()
  }
}
