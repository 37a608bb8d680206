import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Executor, Outcome, Runtime } from '../mixins/executor/executor.ts'
import { type SandboxOptions, sandboxExecutor } from '../mixins/executor/sandbox.ts'

const limits = {
  wallMs: 60_000,
  cpuMs: 30_000,
  memoryBytes: 256 << 20,
  processes: 64,
  outputBytes: 1 << 20,
  diskBytes: 64 << 20,
}

/** Long enough that what waits is up again before the next program comes. */
export const PAUSE_MS = 150

let count = 0

/** One program inside the executor alone: no HTTP, nothing kept. Throws where it does not end well. */
export const runInside = async (
  executor: Executor,
  runtime: Runtime,
  source: string,
  fileName: string,
): Promise<{ output: string; usage: Outcome['usage'] }> => {
  const files = [{ path: fileName, bytes: Buffer.from(source) }]
  const program = { id: `bench-${count++}`, runtime, files, entry: fileName, args: [], env: {}, limits }
  let output = ''
  const running = executor.start(program, {
    output: (_, bytes) => {
      output += Buffer.from(bytes)
    },
  })
  running.closeStdin()
  const { ending, usage } = await running.ended
  if (ending.cause !== 'exit' || ending.exitCode !== 0)
    throw new TypeError(`${runtime.language} ended otherwise: ${JSON.stringify(ending)} ${output}`)
  return { output, usage }
}

/** An executor of its own, with what waits up. */
export const openInside = async (
  dataDir: string,
  runtime: Runtime,
  warm: SandboxOptions['warm'],
): Promise<Executor> => {
  const cacheDir = process.getuid?.() === 0 ? '/var/cache/greenroom' : join(dataDir, 'cache')
  const options = { dataDir, cacheDir, concurrency: 16, limitsBy: 'cgroups', runtimes: [runtime], warm } as const
  const executor = sandboxExecutor(options)
  await executor.open()
  await sleep(2000)
  return executor
}
