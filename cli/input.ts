import { fstatSync, readFileSync, statSync } from 'node:fs'
import { isatty } from 'node:tty'
import { type Api, patiently, Refusal, Unreachable } from './api.ts'
import { Failure } from './failure.ts'
import { content } from './program-files.ts'
import { complain } from './screen.ts'

// Well below what one request may carry, with its encoding.
const PIECE_BYTES = 256 * 1024
const PATIENCE_MS = 30_000

/** Whether there is anything behind our standard input that a program could read: a person, a pipe or a file. */
export const hasInput = (): boolean => {
  if (isatty(0)) return isInForeground()
  try {
    const stat = fstatSync(0)
    return !stat.isCharacterDevice() || stat.rdev !== statSync('/dev/null').rdev
  } catch {
    return false
  }
}

// Reading the terminal from the background would stop us (SIGTTIN). Fields 5 and 8 of stat, counted from the pid.
const isInForeground = (): boolean => {
  const [, , group, , , terminalGroup] = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)!.split(' ')
  return group === terminalGroup
}

/**
 * Forwards standard input to a run until it ends or takes no more: each piece once the one before is accepted. Throws
 * when it is not known whether a piece arrived, as a program must not read a byte twice or miss one.
 */
export const forwardInput = async (api: Api, id: string): Promise<void> => {
  const send = (body: object) => api.post(`/executions/${id}/stdin`, { body })
  try {
    for await (const bytes of process.stdin as AsyncIterable<Buffer>) {
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) await once(() => send(piece(bytes, at)))
    }
    await patiently(() => send({ close: true }), PATIENCE_MS)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.status !== 409 && error.status !== 404) complain(`The input was cut off: ${error.message}`)
  }
}

const piece = (bytes: Buffer, at: number) => {
  const part = content(bytes.subarray(at, at + PIECE_BYTES))
  return { content: part.content, encoding: part.encoding ?? 'utf8' }
}

// Only what never reached the server may be sent again.
const once = (attempt: () => Promise<unknown>): Promise<unknown> =>
  patiently(async () => {
    try {
      return await attempt()
    } catch (error) {
      const cause = (error as { cause?: { cause?: { code?: string } } }).cause?.cause
      if (!(error instanceof Unreachable) || cause?.code === 'ECONNREFUSED') throw error
      throw new Failure(`${error.message} Some input may be lost, so the run is cancelled.`)
    }
  }, PATIENCE_MS)
