import { once } from 'node:events'
import { createServer } from 'node:net'
import { readEnv } from '../../config/env.ts'

/** Why nothing can listen on an address, as a sentence; null when it is free. */
export const portProblem = async (host: string, port: number): Promise<string | null> => {
  const server = createServer()
  try {
    await once(server.listen(port, host), 'listening')
    return null
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      return `Port ${port} is taken, perhaps by another Greenroom: stop that, or set GREENROOM_PORT.`
    if (code === 'EACCES') return `Port ${port} may not be opened by you: set GREENROOM_PORT to one above 1023.`
    if (code === 'EADDRNOTAVAIL') return `This machine has no address ${host}: set GREENROOM_HOST.`
    return `Nothing can listen on ${host}:${port} (${code}).`
  } finally {
    server.close()
  }
}

const main = async (): Promise<string | null> => {
  try {
    const { host, port } = readEnv()
    return await portProblem(host, port)
  } catch (error) {
    return (error as Error).message
  }
}

if (import.meta.main) {
  const problem = await main()
  if (problem) process.stderr.write(`Greenroom cannot start: ${problem}\n`)
  process.exit(problem ? 1 : 0)
}
