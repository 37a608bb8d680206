import type { Readable } from 'node:stream'

const CAP = 4096

/** Lines from a pipe, taken one by one; null for ever once the pipe has ended. */
export interface Mailbox {
  next(): Promise<string | null>
  readonly isOver: boolean
}

/** Reads no more than a few short lines from the other side, whatever it sends. */
export const mailbox = (stream: Readable): Mailbox => {
  const lines: string[] = []
  const takers: ((line: string | null) => void)[] = []
  let rest = ''
  let received = 0
  let ended = false

  const post = (line: string) => {
    const taker = takers.shift()
    if (taker) taker(line)
    else lines.push(line)
  }
  const end = () => {
    ended = true
    for (const taker of takers.splice(0)) taker(null)
  }
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    received += text.length
    if (received > CAP) return void stream.destroy()
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) post(part)
  })
  stream.on('error', end)
  stream.on('close', end)
  stream.on('end', end)

  return {
    get isOver() {
      return ended
    },
    next: () => {
      const line = lines.shift()
      if (line !== undefined) return Promise.resolve(line)
      return ended ? Promise.resolve(null) : new Promise((resolve) => takers.push(resolve))
    },
  }
}
