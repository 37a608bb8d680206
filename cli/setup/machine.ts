import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Env } from '../../config/env.ts'
import { detectLanguages } from '../../config/runtimes.ts'
import { checkout } from '../../config/settings.ts'
import { answers, socketPath } from '../../mixins/transporter/socket-path.ts'
import { inBytes } from '../words.ts'
import { portProblem } from './port.ts'

/** One thing a machine has or lacks; `missing` keeps Greenroom from running, `absent` only makes it able to do less. */
export type Finding = { name: string; state: 'ok' | 'missing' | 'absent'; detail: string; fix: string | null }

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const LEAST_FREE_BYTES = 1024 ** 3

/** What Greenroom needs besides the sandbox: Node, a place for its data, an address, the page. */
export const machineChecks = async (env: Env): Promise<Finding[]> => [
  { name: 'node', state: 'ok', detail: `${process.version} (${process.execPath})`, fix: null },
  npmCheck(),
  dataCheck(env),
  spaceCheck(env),
  await portCheck(env),
  pageCheck(),
  browserCheck(),
]

/** The languages of the catalogue, those that are here and those that are not. */
export const languageChecks = async (): Promise<Finding[]> => {
  const { runtimes, missing } = await detectLanguages()
  return [
    ...runtimes.map((found): Finding => ({ name: found.language, state: 'ok', detail: found.version, fix: null })),
    ...missing.map(
      ({ language, reason, package: names }): Finding => ({
        name: language,
        state: 'absent',
        detail: reason,
        fix: names ? `./deploy.sh languages ${language} (or: sudo apt-get install -y ${names})` : null,
      }),
    ),
  ]
}

const npmCheck = (): Finding => {
  try {
    return {
      name: 'npm',
      state: 'ok',
      detail: execFileSync('npm', ['--version'], { encoding: 'utf8' }).trim(),
      fix: null,
    }
  } catch {
    return {
      name: 'npm',
      state: 'absent',
      detail: 'not installed; needed to update Greenroom',
      fix: 'sudo apt-get install -y npm',
    }
  }
}

// The nearest folder that exists is where the missing ones would be made.
const existing = (path: string): string => (existsSync(path) || path === '/' ? path : existing(dirname(path)))

const dataCheck = ({ dataDir }: Env): Finding => {
  const name = 'data directory'
  try {
    accessSync(existing(dataDir), constants.W_OK | constants.X_OK)
    return { name, state: 'ok', detail: dataDir, fix: null }
  } catch {
    const fix = `Make it writable for this user, or set GREENROOM_DATA to another directory.`
    return { name, state: 'missing', detail: `${dataDir} may not be written to`, fix }
  }
}

const spaceCheck = ({ dataDir }: Env): Finding => {
  const { bavail, bsize } = statfsSync(existing(dataDir))
  const detail = `${inBytes(bavail * bsize)} free`
  if (bavail * bsize >= LEAST_FREE_BYTES) return { name: 'disk space', state: 'ok', detail, fix: null }
  return {
    name: 'disk space',
    state: 'missing',
    detail,
    fix: `Free at least ${inBytes(LEAST_FREE_BYTES)} where ${dataDir} lies.`,
  }
}

const portCheck = async ({ host, port, dataDir }: Env): Promise<Finding> => {
  const name = 'address'
  const problem = await portProblem(host, port)
  if (!problem) return { name, state: 'ok', detail: `${host}:${port} is free`, fix: null }
  if (await answers(socketPath(dataDir))) return { name, state: 'ok', detail: 'Greenroom is running', fix: null }
  return { name, state: 'missing', detail: `${host}:${port} cannot be used`, fix: problem }
}

const pageCheck = (): Finding => {
  const isBuilt = existsSync(resolve(checkout, 'web/dist/index.html'))
  if (isBuilt) return { name: 'page', state: 'ok', detail: 'built', fix: null }
  return {
    name: 'page',
    state: 'absent',
    detail: 'not built; only API and command line work',
    fix: './deploy.sh install',
  }
}

const browserCheck = (): Finding => {
  const found = BROWSERS.find((path) => existsSync(path))
  if (found) return { name: 'chromium', state: 'ok', detail: found, fix: null }
  return {
    name: 'chromium',
    state: 'absent',
    detail: 'not installed; needed by the tests',
    fix: 'sudo apt-get install -y chromium',
  }
}
