import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { SandboxUnavailable } from './unavailable.ts'

const OLDEST = [0, 8] as const
const INSTALL = 'Install it with: apt-get install -y bubblewrap'

/** The path of a bubblewrap that is new enough and holds no privileges of its own. */
export const bwrapCheck = async (name: string): Promise<string> => {
  const path = await find(name)
  if (!path) throw new SandboxUnavailable('bubblewrap', 'bubblewrap (bwrap) is not installed.', INSTALL)
  if (((await stat(path)).mode & constants.S_IXUSR) !== 0 && ((await stat(path)).mode & 0o6000) !== 0)
    throw new SandboxUnavailable('bubblewrap', `${path} is setuid.`, `Take that away with: chmod u-s,g-s ${path}`)
  const { stdout } = await promisify(execFile)(path, ['--version'])
  const [major = 0, minor = 0] = stdout.replace(/^\D*/, '').split('.').map(Number)
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    throw new SandboxUnavailable('bubblewrap', `bubblewrap ${major}.${minor} is too old, 0.8 is needed.`, INSTALL)
  if (!(await isExecutable('/usr/bin/perl')))
    throw new SandboxUnavailable('perl', '/usr/bin/perl is missing.', 'Install it with: apt-get install -y perl-base')
  return path
}

const find = async (name: string): Promise<string | null> => {
  const folders = name.includes('/') ? [''] : ['/usr/bin', '/usr/local/bin', '/bin', ...defaultPath()]
  for (const folder of folders) if (await isExecutable(join(folder, name))) return join(folder, name)
  return null
}

const defaultPath = (): string[] => '/usr/sbin:/sbin'.split(delimiter)

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
