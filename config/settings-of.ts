import { resolve } from 'node:path'
import type { Limits } from '../mixins/executor/executor.ts'
import type { Settings } from '../mixins/settings.ts'
import packageJson from '../package.json' with { type: 'json' }
import type { Env } from './env.ts'
import { examples } from './examples.ts'
import { checkout } from './settings.ts'

const maximaOf = (env: Env): Limits => ({
  wallMs: env.maxWallMs,
  cpuMs: env.maxCpuMs,
  memoryBytes: env.maxMemoryBytes,
  processes: env.maxProcesses,
  outputBytes: env.maxOutputBytes,
  diskBytes: env.maxDiskBytes,
})

/** The values that services are given. */
export const settingsOf = (env: Env, offers: Settings['offers']): Settings => ({
  host: env.host,
  port: env.port,
  pageDir: resolve(checkout, 'web/dist'),
  token: env.token,
  slots: env.slots,
  queueLimit: env.queueLimit,
  userSlots: env.userSlots,
  agingMs: env.agingMs,
  retentionDays: env.retentionDays,
  letterRetentionDays: env.letterRetentionDays,
  drainMs: env.drainMs,
  maxima: maximaOf(env),
  artifacts: { mostFiles: env.maxArtifacts, mostBytes: env.maxArtifactBytes },
  offers,
  examples,
  trustedOnly: env.unsafeTrustedOnly,
  version: packageJson.version,
})
