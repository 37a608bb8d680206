import { hostname } from 'node:os'
import { readEnv } from '../../../config/env.ts'
import { runs } from '../../../config/node.ts'

const PATIENCE_MS = 5000

type Health = { status: string; workers: { node: string; draining: boolean }[] }

/**
 * What a container engine asks about the node of its container: a worker is well when the door at that address counts it
 * among those that take runs, every other node when runs are accepted there. Exits 1 where it is not.
 */
const isWell = async (door: string): Promise<boolean> => {
  const answer = await fetch(`${door}/health`, { signal: AbortSignal.timeout(PATIENCE_MS) })
  const { status, workers } = (await answer.json()) as Health
  const env = readEnv()
  if (runs(env, 'api') || !runs(env, 'runs')) return status === 'ready'
  return workers.some(({ node, draining }) => node.endsWith(`@${hostname()}`) && !draining)
}

process.exitCode = (await isWell(process.argv[2] ?? '').catch(() => false)) ? 0 : 1
