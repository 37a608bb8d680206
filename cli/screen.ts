import { isatty } from 'node:tty'
import type { Stream } from './wire.ts'

/** The reader of our output has gone, as `head` does when it has enough. */
export class ReaderGone extends Error {
  readonly type = 'READER_GONE'
}

let gone = false
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    gone = true
  })
}

/** Writes bytes as they are; resolves when there is room for more. Throws ReaderGone when nobody reads any more. */
export const write = (stream: Stream, bytes: Uint8Array | string): Promise<void> =>
  new Promise((resolve, reject) => {
    if (gone) return reject(new ReaderGone())
    process[stream].write(bytes, (error) => (error || gone ? reject(new ReaderGone()) : resolve()))
  })

/** One line on stdout. */
export const say = (text: string): Promise<void> => write('stdout', `${text}\n`)

/** What Greenroom itself has to say about something that went wrong: one line on stderr. */
export const complain = (sentence: string): void => {
  process.stderr.write(`${dim('greenroom:')} ${sentence}\n`)
}

/** The same, where it is only for the comfort of a person who watches. */
export const remark = (sentence: string): void => {
  if (isatty(2)) complain(sentence)
}

/** Less prominent, where colours are wanted: on a terminal and without NO_COLOR. */
export const dim = (text: string): string =>
  isatty(2) && !process.env.NO_COLOR && process.env.TERM !== 'dumb' ? `\u001b[2m${text}\u001b[22m` : text
