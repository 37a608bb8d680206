import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Env } from '../../config/env.ts'
import type { Check } from '../../mixins/executor/executor.ts'
import { sandboxExecutor } from '../../mixins/executor/sandbox.ts'
import { SandboxUnavailable } from '../../mixins/executor/unavailable.ts'

/** Opens a sandbox as the server would, in a folder of its own, and tells every guarantee, or the first that is missing. */
export const sandboxChecks = async ({ cacheDir }: Env): Promise<Check[]> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'greenroom-doctor-'))
  const executor = sandboxExecutor({ dataDir, cacheDir, concurrency: 1, limitsBy: 'cgroups', runtimes: [] })
  try {
    await executor.open()
    return await executor.checks()
  } catch (error) {
    return [unavailable(error)]
  } finally {
    await executor.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

const unavailable = (error: unknown): Check => {
  const { message } = error as Error
  if (!(error instanceof SandboxUnavailable)) return { name: 'sandbox', ok: false, detail: message, fix: null }
  return { name: `sandbox: ${error.check}`, ok: false, detail: message, fix: error.fix }
}
