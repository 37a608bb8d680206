import { hostname } from 'node:os'

// Alone, and without the settings of a node: an engine asks every few seconds, for as long as the container runs.
const PATIENCE_MS = 20_000

type Health = { status: string; workers: { node: string; draining: boolean }[] }

/**
 * What a container engine asks about the node of its container: a worker is well when the door at that address counts it
 * among those that take runs, every other node when runs are accepted there. Exits 1 where it is not.
 */
const isWell = async (door: string, role?: string): Promise<boolean> => {
  const answer = await fetch(`${door}/health`, { signal: AbortSignal.timeout(PATIENCE_MS) })
  const { status, workers } = (await answer.json()) as Health
  if (role !== 'worker') return status === 'ready'
  return workers.some(({ node, draining }) => node.endsWith(`@${hostname()}`) && !draining)
}

const [door = 'http://127.0.0.1:3000', role] = process.argv.slice(2)
process.exitCode = (await isWell(door, role).catch(() => false)) ? 0 : 1
