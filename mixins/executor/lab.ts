import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Channel, Executor, Limits, Outcome, Program, Running, Runtime } from './executor.ts'
import { type SandboxOptions, sandboxExecutor } from './sandbox.ts'

/** How a program of a test is run; a source is the only file where no files are given. */
export type Case = {
  source?: string
  files?: Record<string, string | Uint8Array>
  stdin?: string | Uint8Array
  args?: string[]
  env?: Record<string, string>
  limits?: Partial<Limits>
  artifacts?: Program['artifacts']
}

export type Seen = { stdout: string; stderr: string; bytes: Record<Channel, Buffer>; outcome: Outcome; took: number }

const MiB = 1 << 20

export const roomy: Limits = {
  wallMs: 15_000,
  cpuMs: 10_000,
  memoryBytes: 256 * MiB,
  processes: 64,
  outputBytes: 4 * MiB,
  diskBytes: 32 * MiB,
}

let count = 0

export const programOf = (runtime: Runtime, entry: string, what: Case): Program => ({
  id: `test-${process.pid}-${count++}`,
  runtime,
  files: Object.entries(what.files ?? { [entry]: what.source ?? '' }).map(([path, content]) => ({
    path,
    bytes: Buffer.from(content as string),
  })),
  entry,
  args: what.args ?? [],
  env: what.env ?? {},
  limits: { ...roomy, ...what.limits },
  ...(what.artifacts && { artifacts: what.artifacts }),
})

/** An executor for tests, in a folder of its own. */
export class Lab {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'greenroom-lab-'))
  readonly executor: Executor
  readonly #options: SandboxOptions

  constructor(options: Partial<SandboxOptions> = {}) {
    this.#options = {
      dataDir: this.dataDir,
      cacheDir: process.getuid?.() === 0 ? '/var/cache/greenroom' : join(this.dataDir, 'cache'),
      concurrency: 4,
      limitsBy: 'cgroups',
      ...options,
    }
    this.executor = sandboxExecutor(this.#options)
  }

  /** Why this machine cannot run sandboxes; null where it can. */
  async refusal(): Promise<string | null> {
    try {
      await this.executor.open()
      return null
    } catch (error) {
      return (error as Error).message
    }
  }

  async close(): Promise<void> {
    await this.executor.close()
    rmSync(this.dataDir, { recursive: true, force: true })
  }

  /** Starts a program, and collects what it prints. */
  begin(runtime: Runtime, entry: string, what: Case): { running: Running; seen: Promise<Seen> } {
    const pieces: Record<Channel, Uint8Array[]> = { stdout: [], stderr: [] }
    const began = performance.now()
    const running = this.executor.start(programOf(runtime, entry, what), {
      output: (channel, bytes) => void pieces[channel].push(bytes),
    })
    const seen = running.ended.then((outcome) => {
      const bytes = { stdout: Buffer.concat(pieces.stdout), stderr: Buffer.concat(pieces.stderr) }
      const took = performance.now() - began
      return { stdout: bytes.stdout.toString(), stderr: bytes.stderr.toString(), bytes, outcome, took }
    })
    return { running, seen }
  }

  async run(runtime: Runtime, entry: string, what: Case): Promise<Seen> {
    const { running, seen } = this.begin(runtime, entry, what)
    if (what.stdin !== undefined) void running.write(Buffer.from(what.stdin as string))
    running.closeStdin()
    return await seen
  }
}
