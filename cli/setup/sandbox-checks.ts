import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Env } from '../../config/env.ts'
import type { Check } from '../../mixins/executor/executor.ts'
import { sandboxExecutor } from '../../mixins/executor/sandbox.ts'
import { SandboxUnavailable } from '../../mixins/executor/unavailable.ts'

/**
 * Opens a sandbox as the server would, in a folder of its own, and tells every guarantee, or those that are missing: without
 * groups it opens one that does without, so that whoever gets groups is not told of the next thing after that.
 */
export const sandboxChecks = async (env: Env): Promise<Check[]> => {
  const checks = await checksWith(env, 'cgroups')
  if (!checks.some(({ name }) => name === NO_GROUPS)) return checks
  const others = await checksWith(env, 'trusted-rlimits')
  return [...checks, ...others.filter(({ name }) => name !== 'limits')]
}

const NO_GROUPS = 'sandbox: cgroups'

const checksWith = async ({ cacheDir }: Env, limitsBy: 'cgroups' | 'trusted-rlimits'): Promise<Check[]> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'greenroom-doctor-'))
  const executor = sandboxExecutor({ dataDir, cacheDir, concurrency: 1, limitsBy, runtimes: [] })
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
