import { randomInt } from 'node:crypto'
import { portProblem } from '../port.ts'

// Below the range from which the system takes the ports of clients: a client that keeps trying to reach a server that
// is down would else take its port from it some day.
const [LOWEST, HIGHEST] = [15_000, 32_000]

/** Ports that are free now, and that no client takes while their server is down. */
export const serverPorts = async (count: number): Promise<number[]> => {
  const found = new Set<number>()
  while (found.size < count) {
    const port = randomInt(LOWEST, HIGHEST)
    if (await areFree([port])) found.add(port)
  }
  return [...found]
}

/** Whether a server of this machine could take every one of these ports. */
export const areFree = async (ports: readonly number[]): Promise<boolean> =>
  (await Promise.all(ports.map((port) => portProblem('127.0.0.1', port)))).every((problem) => problem === null)
