import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

export const cli = resolve(import.meta.dirname, '../../cli/greenroom')

export type Said = { code: number | null; stdout: Buffer; stderr: string }

export type Shell = {
  /** Runs the command line; `input` is piped in, and without it there is no standard input. */
  greenroom(args: string[], input?: Uint8Array): Promise<Said>
  /** Runs a line of bash in which `greenroom` is the command line. */
  bash(line: string): Promise<Said>
  /** Starts the command line and lets it run. */
  start(args: string[]): { pid: number; said(): Said; ended: Promise<Said>; kill(signal: NodeJS.Signals): void }
}

/** A shell in a folder, whose command line talks to one server. */
export const shellIn = (cwd: string, url: string): Shell => {
  const env = { ...process.env, GREENROOM_URL: url, GREENROOM_TOKEN: '' }
  const launch = (command: string, args: string[], input?: Uint8Array) => {
    const child = spawn(command, args, { cwd, env, stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'] })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout?.on('data', (bytes: Buffer) => out.push(bytes))
    child.stderr?.on('data', (bytes: Buffer) => err.push(bytes))
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
    const said = (): Said => ({
      code: child.exitCode,
      stdout: Buffer.concat(out),
      stderr: Buffer.concat(err).toString(),
    })
    const ended = new Promise<Said>((done) => child.once('close', () => done(said())))
    return { pid: child.pid ?? 0, said, ended, kill: (signal: NodeJS.Signals) => void child.kill(signal) }
  }
  return {
    greenroom: (args, input) => launch(cli, args, input).ended,
    bash: (line) => launch('bash', ['-c', `greenroom() { ${JSON.stringify(cli)} "$@"; }; ${line}`]).ended,
    start: (args) => launch(cli, args),
  }
}
