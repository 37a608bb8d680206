import { setTimeout as pause } from 'node:timers/promises'
import { readEnv } from '../../config/env.ts'
import { addressOf } from './address.ts'

const PATIENCE_MS = 120_000

/** Says where Greenroom is, once it answers; ends without a word when the server's process is gone. */
const main = async (server: number): Promise<void> => {
  const url = addressOf(readEnv())
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await pause(50)) {
    if (!isAlive(server)) return
    if (await isReady(url)) return void process.stdout.write(`Greenroom is ready at ${url}\n`)
  }
  process.stderr.write(`Greenroom does not answer at ${url} yet; ${url}/health says why.\n`)
}

const isReady = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) })).ok
  } catch {
    // Nobody listens yet.
    return false
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

await main(Number(process.argv[2]))
