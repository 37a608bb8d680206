import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { programIn, serverCache } from './programs.ts'
import { ServerRefused } from './server.ts'

/**
 * Runs a command that makes a file or folder, unless it is there by then; what the command leaves as `made` + ".part" is
 * taken for it when the command has succeeded. One build at a time among all processes of this user, the others wait for
 * it. Throws ServerRefused with the end of what the command wrote.
 */
export const build = async (
  name: string,
  made: string,
  [tool, ...args]: readonly [string, ...string[]],
  env: Record<string, string> = {},
): Promise<void> => {
  const program = programIn(tool)
  if (!program) throw new ServerRefused(`${tool} is needed to get ${name}.`)
  await mkdir(serverCache, { recursive: true })
  const log = join(serverCache, `${name}.log`)
  const script = '[ -e "$0" ] || { "$@" && if [ -e "$0.part" ]; then mv "$0.part" "$0"; fi; }'
  const locked = [join(serverCache, `${name}.lock`), 'nice', '-n', '10', 'sh', '-c', script, made, program, ...args]
  const out = openSync(log, 'a')
  const child = spawn('flock', locked, { env: { ...process.env, ...env }, stdio: ['ignore', out, out] })
  closeSync(out)
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new ServerRefused(`${name} could not be built (${log}):\n${await endOf(log)}`)
}

/** The last lines of a log. */
export const endOf = async (log: string): Promise<string> =>
  (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-12).join('\n')
