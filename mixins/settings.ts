import type { Limits, Runtime } from './executor/executor.ts'

/** A language version that this machine can run. */
export type Offer = {
  language: string
  title: string
  version: string
  aliases: string[]
  fileName: string
  compiled: boolean
  warm: boolean
  limits: Limits
  runtime: Runtime
}

export type Example = {
  language: string
  title: string
  files: { path: string; content: string }[]
  stdin: string
  args: string[]
}

/** The values that services are given; where they come from is not their business. */
export type Settings = {
  host: string
  port: number
  /** Folder of the built page. */
  pageDir: string
  /** Bearer token that every request must carry; null: only loopback clients are served, without one. */
  token: string | null
  /** How many programs this node runs at once. */
  slots: number
  queueLimit: number
  userSlots: number
  agingMs: number
  /** Ended runs are deleted after this many days; 0 keeps them for ever. */
  retentionDays: number
  /** Dead letters that were retried or discarded are deleted after this many days; 0 keeps them for ever. */
  letterRetentionDays: number
  /** How long a stopping worker waits for its runs before it hands them back. */
  drainMs: number
  maxima: Limits
  /** What one run may hand out. */
  artifacts: { mostFiles: number; mostBytes: number }
  offers: Offer[]
  examples: Example[]
  /** Isolation was switched off by name: only code that is trusted may be run. */
  trustedOnly: boolean
  version: string
}
